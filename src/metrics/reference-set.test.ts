import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostTensor } from "../base/tensor.ts";
import type { Dataset } from "../data/dataset.ts";
import { openDataset } from "../data/open.node.ts";
import { OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { FeatureNetwork } from "./feature-network.ts";
import { ReferenceSet } from "./reference-set.node.ts";
import { TensorCache } from "./tensor-cache.node.ts";

const SIDE = 8;
const COUNT = 20;

let folder = "";
let dataset: Dataset;
let network: FeatureNetwork;

/** Left half of one grey, right half of another. */
async function writePicture(path: string, left: number, right: number): Promise<void> {
  const pixels = new Uint8Array(3 * SIDE * SIDE).map((_, at) =>
    Math.floor(at / 3) % SIDE < SIDE / 2 ? left : right,
  );
  await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toFile(path);
}

/** A network whose two features are the mean of the left and the right half. */
async function halves(): Promise<FeatureNetwork> {
  const builder = new OnnxBuilder();
  const split = builder.node("Reshape", ["x", builder.ints([-1, 3 * SIDE, 2, SIDE / 2])]);
  builder.output(
    builder.node("ReduceMean", [split, builder.ints([1, 3])], { keepdims: 0 }),
    "features",
  );
  const dtype = "float32";
  const graph = builder.graph(
    [{ name: "x", dtype, shape: ["n", 3, SIDE, SIDE] }],
    [{ name: "features", dtype, shape: ["n", 2] }],
  );
  const opsetImports = [{ domain: "", version: 18 }];
  const bytes = encodeOnnx({
    irVersion: 8,
    opsetImports,
    graph,
    metadata: {},
    producerName: "",
    docString: "",
  });
  return await FeatureNetwork.decode(bytes, { name: "halves", sha256: "a", where: "halves" });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-reference-"));
  for (let i = 0; i < COUNT; i++)
    await writePicture(join(folder, `${String(i).padStart(2, "0")}.png`), 10 * i, 255 - i);
  dataset = await openDataset(folder, { resolution: SIDE, cacheDir: join(folder, "cache") });
  network = await halves();
});
afterAll(async () => {
  dataset.close();
  await network.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe("ReferenceSet", () => {
  const all = Uint32Array.from({ length: COUNT }, (_, i) => i);

  it("computes once what its cache then remembers", async () => {
    const cacheDir = join(folder, "once");
    const open = (onProgress?: (done: number, total: number) => void): ReferenceSet =>
      new ReferenceSet({ dataset, network, cache: new TensorCache(cacheDir), onProgress }, all);
    let calls = 0;
    const first = open(() => calls++);
    const features = await first.features();
    expect(calls).toBe(COUNT);
    expect(features.width).toBe(2);
    for (let i = 0; i < COUNT; i++) {
      expect(features.data[2 * i]).toBeCloseTo((10 * i) / 255, 5);
      expect(features.data[2 * i + 1]).toBeCloseTo((255 - i) / 255, 5);
    }
    const [gaussian, sample] = [await first.gaussian(), await first.sample(9)];
    expect(gaussian.mean[0]).toBeCloseTo(95 / 255, 5);
    expect(sample.features.count).toBe(9);
    const again = open(() => calls++);
    expect(await again.features()).toEqual(features);
    expect(await again.gaussian()).toEqual(gaussian);
    expect(await again.sample(9)).toEqual(sample);
    expect(calls).toBe(COUNT);
    expect(readdirSync(join(cacheDir, "features"))).toHaveLength(3);
  });

  it("computes again what is damaged", async () => {
    const cacheDir = join(folder, "damaged");
    const set = new ReferenceSet({ dataset, network, cache: new TensorCache(cacheDir) }, all);
    const features = await set.features();
    const [name = ""] = readdirSync(join(cacheDir, "features"));
    const path = join(cacheDir, "features", name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
    expect(await set.features()).toEqual(features);
    writeFileSync(path, bytes.subarray(0, 20));
    expect(await set.features()).toEqual(features);
  });

  it("mirrors, and keeps parts apart", async () => {
    const cache = new TensorCache(join(folder, "parts"));
    const set = new ReferenceSet({ dataset, network, cache }, Uint32Array.of(3, 7));
    const [plain, mirrored] = [await set.features(), await set.features(true)];
    expect(plain.count).toBe(2);
    expect([...mirrored.data]).toEqual([
      plain.data[1],
      plain.data[0],
      plain.data[3],
      plain.data[2],
    ]);
    const other = new ReferenceSet({ dataset, network, cache }, Uint32Array.of(4, 7));
    expect((await other.features()).data[0]).not.toBe(plain.data[0]);
    expect(set.files).toEqual(["03.png", "07.png"]);
  });

  it("stops on request", async () => {
    const signal = AbortSignal.abort();
    const cache = new TensorCache(join(folder, "stopped"));
    const set = new ReferenceSet({ dataset, network, cache, signal }, all);
    await expect(set.features()).rejects.toMatchObject({ code: "E_CANCELLED" });
  });
});

describe("TensorCache", () => {
  it("works where nothing can be written", async () => {
    const file = join(folder, "no-folder");
    writeFileSync(file, "");
    const cache = new TensorCache(file);
    const tensors = { x: hostTensor("float32", [1], Float32Array.of(3)) };
    expect(await cache.get(["k"], async () => tensors)).toEqual(tensors);
  });
});
