import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Random } from "../src/base/random.ts";
import { hostTensor } from "../src/base/tensor.ts";
import { Generator } from "../src/create/generator.ts";
import { encodeSafetensors } from "../src/graph/safetensors.ts";
import { encodeNpy } from "../src/media/npy.ts";
import {
  decodeGenerator,
  encodeGenerator,
  generatorGraph,
  type ModelInfo,
} from "../src/models/model-file.ts";
import { initialize } from "../src/nn/parameters.ts";
import { findPython, runPython } from "./python.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-pytorch-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const python = findPython("torch", "numpy");
const EXAMPLE = join(import.meta.dirname, "..", "examples", "pytorch");

/** For each folder: loads the weights, compares its pictures with ours, and saves the weights again. */
const PROGRAM = `
import os, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import numpy, torch
from ganbox_torch import load
for folder in sys.argv[2:]:
    read = lambda name: torch.from_numpy(numpy.load(os.path.join(folder, name)))
    generator = load(os.path.join(folder, "model.safetensors"))
    with torch.no_grad():
        own = generator(read("z.npy"), read("c.npy") if generator.classes else None)
    generator.save(os.path.join(folder, "saved.safetensors"))
    print(float((own - read("images.npy")).abs().max()), float(own.abs().mean()))
`;

const COUNT = 3;

/** A family's generator with random weights, small, 24 x 16 pixels. */
function model(family: string, classes: number): { info: ModelInfo; weights: Weights } {
  const info: ModelInfo = {
    version: 1,
    architecture: {
      ...{ family, channels: 3, height: 16, width: 24, latent: 8, classes },
      ...{ widths: [16, 12, 8], blocks: 2, expansion: 2, groupSize: 8 },
    },
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    kimg: 1,
    data: "random",
  };
  const parameters = generatorGraph(info.architecture, 1).parameters.list();
  // No layer may be silent: a mistake in it would not be seen. Variances are positive.
  const lively = parameters.map((p) => ({
    ...p,
    std: p.name.endsWith("/variance") ? 0.05 : p.std || 0.1,
  }));
  return { info, weights: initialize(lively, new Random(1)) };
}

type Weights = ReturnType<typeof initialize>;

const CASES: readonly (readonly [family: string, classes: number])[] = [
  ["r3gan", 0],
  ["r3gan", 3],
  ["dcgan", 3],
  ["fastgan", 3],
  ["vae", 0],
  ["vaegan", 3],
];

const folderOf = (family: string, classes: number): string => join(folder, `${family}-${classes}`);

/** Writes weights, inputs, and the pictures that ONNX Runtime makes of them. */
async function prepare(family: string, classes: number): Promise<void> {
  const { info, weights } = model(family, classes);
  const z = hostTensor("float32", [COUNT, 8]);
  new Random(2).fillNormal(z.data);
  const c = hostTensor("float32", [COUNT, classes]);
  for (let n = 0; n < COUNT && classes > 0; n++) c.data[n * classes + n] = 1;
  const feeds = Object.entries({ z, ...(classes === 0 ? {} : { c }) }).map(
    ([name, { data, shape }]) => [name, new Tensor("float32", data, shape)] as const,
  );
  const session = await InferenceSession.create(encodeGenerator(info, weights));
  const { images } = await session.run(Object.fromEntries(feeds));
  await session.release();
  const drawn = hostTensor("float32", [COUNT, 3, 16, 24], images?.data as Float32Array);
  const out = folderOf(family, classes);
  mkdirSync(out);
  writeFileSync(
    join(out, "model.safetensors"),
    encodeSafetensors(weights, { ganbox: JSON.stringify(info) }),
  );
  for (const [name, tensor] of Object.entries({ z, c, images: drawn }))
    writeFileSync(join(out, `${name}.npy`), encodeNpy(tensor));
}

describe.skipIf(python === undefined)("examples/pytorch", () => {
  let lines: string[] = [];
  beforeAll(async () => {
    for (const one of CASES) await prepare(...one);
    const folders = CASES.map((one) => folderOf(...one));
    lines = runPython(python ?? "", PROGRAM, [EXAMPLE, ...folders]).split("\n");
  });

  it.each(CASES.map((one, i) => [...one, i] as const))(
    "draws the same pictures as %s with %d classes, and saves what Ganbox reads",
    async (family, classes, i) => {
      const [difference, size] = (lines[i] ?? "").split(" ").map(Number);
      expect(difference).toBeLessThan(1e-4);
      expect(size).toBeGreaterThan(0.01);
      const { info, weights } = model(family, classes);
      const saved = join(folderOf(family, classes), "saved.safetensors");
      const back = decodeGenerator(readFileSync(saved), saved);
      expect(back.info).toEqual(info);
      expect(back.weights).toEqual(weights);
      const generator = await Generator.decode(readFileSync(saved), saved, { threads: 1 });
      for await (const image of generator.fromSeeds([1])) expect(image.width).toBe(24);
      await generator.dispose();
    },
  );
});
