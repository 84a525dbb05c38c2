import { Autoencoder, type AutoencoderOptions } from "./autoencoder.ts";

/** A VAE-GAN: a variational autoencoder whose pictures a discriminator keeps sharp. */
export class VAEGAN extends Autoencoder {
  /** @throws {ConfigError} if an option is unknown or out of range. */
  constructor(options: AutoencoderOptions = {}) {
    super("VAEGAN", options, "vaegan");
  }
}
