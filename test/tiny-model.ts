/** @file A generator with random weights: small enough to run in any test, and each seed gives another picture. */
import { Random } from "../src/base/random.ts";
import { encodeGenerator, generatorGraph, type ModelInfo } from "../src/models/model-file.ts";
import { initialize } from "../src/nn/parameters.ts";

/** Side of the tiny model's pictures [pixels]. */
export const TINY_RESOLUTION = 16;

/**
 * The bytes of its ONNX file.
 *
 * @param classes Names of the classes; none makes it unconditional.
 */
export function tinyModel(classes: readonly string[] = []): Uint8Array {
  const info: ModelInfo = {
    version: 1,
    architecture: {
      family: "r3gan",
      channels: 3,
      height: TINY_RESOLUTION,
      width: TINY_RESOLUTION,
      latent: 8,
      classes: classes.length,
      widths: [16, 16, 16],
      blocks: 1,
      expansion: 2,
      groupSize: 16,
    },
    classes,
    kimg: 0,
    data: "random",
  };
  const parameters = generatorGraph(info.architecture, 1).parameters.list();
  // Training starts with the residual branches at zero; here they take part.
  const noisy = parameters.map((p) => ({ ...p, std: p.std || 0.1 }));
  return encodeGenerator(info, initialize(noisy, new Random(0)));
}
