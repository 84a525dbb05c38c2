/** @file Film posters of a model. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { Generator } from "../create/generator.ts";
import { modelFileOf, readModel } from "../create/load.node.ts";
import {
  drawPoster,
  type Poster,
  type PosterOptions,
  planPoster,
} from "../create/poster/poster.node.ts";
import { Judge } from "../create/refine/judge.ts";

export {
  type Poster,
  type PosterCandidate,
  type PosterOptions,
  readCredits,
} from "../create/poster/poster.node.ts";

/** A poster, and the model that makes its pictures. */
export interface MakePosterOptions extends PosterOptions {
  /** A model (.onnx) or the folder of a run; the discriminator of a run helps to choose. */
  readonly model: string;
}

/**
 * Makes a film poster: art of a model in several compositions, the best of them in print size with its text.
 *
 * @throws {ConfigError} if an option is out of range, or a text is empty, too long, or of letters that the fonts lack.
 * @throws {CheckpointError} if there is no model, or it is damaged.
 * @throws {MediaError} if the font cannot be read or a file cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function makePoster(options: MakePosterOptions): Promise<Poster> {
  const plan = planPoster(options);
  const file = modelFileOf(options.model);
  const threads = { threads: availableParallelism() };
  const G = { bytes: readModel(file), where: file };
  const generator = await Generator.decode(G.bytes, G.where, threads);
  const beside = join(dirname(file), "discriminator.onnx");
  let judge: Judge | undefined;
  try {
    if (existsSync(beside))
      judge = await Judge.decode(G, { bytes: readModel(beside), where: beside }, threads);
    return await drawPoster(plan, generator, judge);
  } finally {
    await judge?.dispose();
    await generator.dispose();
  }
}
