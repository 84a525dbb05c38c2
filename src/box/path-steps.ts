import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { modelFileOf } from "../create/load.node.ts";
import { Engine } from "../engine/engine.ts";
import { pathStep } from "../metrics/path-length.ts";
import { generatorGraph, readGenerator } from "../models/model-file.ts";

/** Pictures a run: both ends of 8 steps. */
const BATCH = 16;

/**
 * The pictures at both ends of short steps through z, as [3, H, W] in 0..255 without rounding: the steps are far shorter than what a byte can tell.
 *
 * @param model A model (.onnx) or a run folder.
 * @param seed Chooses the steps; for conditional models also their classes.
 */
export async function* pathPictures(
  model: string,
  seed: number,
  steps: number,
): AsyncGenerator<{ readonly from: Float32Array; readonly to: Float32Array }, void, undefined> {
  const file = modelFileOf(model);
  const { info, weights } = await readGenerator(readFileSync(file), file);
  const { channels, height, width, latent, classes } = info.architecture;
  const engine = await Engine.create({ threads: availableParallelism() });
  const { images } = generatorGraph(info.architecture, BATCH);
  const program = await engine.compile({ images }, { weights, tune: false });
  const size = channels * height * width;
  try {
    for (let first = 0; first < steps; first += BATCH / 2) {
      const count = Math.min(BATCH / 2, steps - first);
      const z = hostTensor("float32", [BATCH, latent]);
      const c = hostTensor("float32", [BATCH, classes]);
      for (let i = 0; i < count; i++) {
        const { from, to } = pathStep(seed, first + i, latent);
        z.data.set(from, 2 * i * latent);
        z.data.set(to, (2 * i + 1) * latent);
        if (classes === 0) continue;
        const label = new Random(seed)
          .split("ppl class")
          .split(first + i)
          .integer(classes);
        c.data[2 * i * classes + label] = 1;
        c.data[(2 * i + 1) * classes + label] = 1;
      }
      const feeds: Record<string, HostTensor> = classes === 0 ? { z } : { z, c };
      const { results } = await program.run(feeds);
      const pixels = (results.images as HostTensor<"float32">).data.map((x) => (x + 1) * 127.5);
      for (let i = 0; i < count; i++) {
        const at = 2 * i * size;
        yield {
          from: pixels.subarray(at, at + size),
          to: pixels.subarray(at + size, at + 2 * size),
        };
      }
    }
  } finally {
    await program.dispose();
  }
}
