import { Autoencoder, type AutoencoderOptions } from "./autoencoder.ts";

/** A variational autoencoder: soft pictures, a code for every real one. */
export class VAE extends Autoencoder {
  /** @throws {ConfigError} if an option is unknown or out of range. */
  constructor(options: AutoencoderOptions = {}) {
    super("VAE", options, "vae");
  }
}
