import type { Latent } from "../generator.ts";

/** What the discriminator says about a picture, and how that changes with z. */
export interface Slope {
  /** d(G(z)). */
  readonly logit: number;
  /** The gradient of the logit by z, [latent]. */
  readonly gradient: Float32Array;
}

/** A discriminator behind a generator, asked about latents; each answer depends on its own latent alone. */
export interface Critic {
  /** d(G(z)) of each latent, higher for what looks more real. */
  logits(latents: readonly Latent[]): Promise<readonly number[]>;
  slopes(latents: readonly Latent[]): Promise<readonly Slope[]>;
}

/** A seed with what it stands for in the first pass. */
export interface Start {
  readonly seed: number;
  readonly latent: Latent;
}
