import type { Image } from "../../media/image.ts";
import type { ModelInfo } from "../../models/model-file.ts";
import { familyOf } from "../../models/registry.ts";
import { checkSeeds, type GenerateOptions, type Generator, type Latent } from "../generator.ts";
import type { Calibration } from "./calibration.ts";
import type { Critic, Start } from "./critic.ts";
import type { Judge } from "./judge.ts";
import { methodOf, parseRefine, type RefineOptions } from "./methods.ts";

/** Seeds that are worked on together: enough for full runs while some of them are done before the others. */
const CHUNK = 64;

/** What a refined generator is put together from. */
export interface RefinedParts {
  readonly generator: Generator;
  readonly judge: Judge;
  readonly calibration: Calibration;
}

/**
 * A generator whose pictures its discriminator works for: the same seed gives the same picture, whatever other seeds are asked for.
 */
export class RefinedGenerator {
  /** What the file says about the model. */
  readonly info: ModelInfo;
  /** How it works, with nothing left open. */
  readonly refine: Required<RefineOptions>;
  readonly #parts: RefinedParts;

  /** @throws {ConfigError} if the method is unknown or the rounds are out of range. */
  constructor(parts: RefinedParts, options: RefineOptions = {}) {
    this.refine = parseRefine(options);
    this.#parts = parts;
    this.info = parts.generator.info;
  }

  /**
   * The pictures of seeds, in their order. Where truncation multiplies z, truncated pictures are judged; in families with styles, those before truncation.
   *
   * @throws {ConfigError} if there is no seed, one is no whole number, or `Generator.generate` refuses the options.
   */
  fromSeeds(
    seeds: readonly number[],
    options: GenerateOptions = {},
  ): AsyncGenerator<Image, void, undefined> {
    checkSeeds(seeds);
    return this.#pictures(seeds, options);
  }

  async *#pictures(
    seeds: readonly number[],
    options: GenerateOptions,
  ): AsyncGenerator<Image, void, undefined> {
    const { generator } = this.#parts;
    for (let i = 0; i < seeds.length; i += CHUNK) {
      const latents = await this.latentsOf(seeds.slice(i, i + CHUNK), options);
      yield* generator.generate(latents, options);
    }
  }

  /** The refined latents of seeds, in their order, before truncation. */
  async latentsOf(
    seeds: readonly number[],
    { class: wanted, truncationPsi = 1 }: GenerateOptions = {},
  ): Promise<Latent[]> {
    const { generator, judge, calibration } = this.#parts;
    const fixed = wanted === undefined ? undefined : generator.classOf(wanted);
    const starts = seeds.map((seed): Start => {
      const latent = generator.latentOf(seed);
      return { seed, latent: { z: latent.z, class: fixed ?? latent.class } };
    });
    const { method, rounds } = this.refine;
    const styled = familyOf(this.info.architecture.family).mapping !== undefined;
    const critic = styled ? judge : truncated(judge, truncationPsi);
    return await methodOf(method)(starts, critic, calibration, rounds);
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#parts.generator.dispose();
    await this.#parts.judge.dispose();
  }
}

/** A critic of `psi z`, for latents that will be truncated. */
function truncated(critic: Critic, psi: number): Critic {
  const scaled = (latents: readonly Latent[]): Latent[] =>
    latents.map((latent) => ({ ...latent, z: latent.z.map((x) => x * psi) }));
  return {
    logits: (latents) => critic.logits(scaled(latents)),
    slopes: async (latents) =>
      (await critic.slopes(scaled(latents))).map(({ logit, gradient }) => ({
        logit,
        gradient: gradient.map((x) => x * psi),
      })),
  };
}
