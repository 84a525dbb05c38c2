import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointError } from "../base/errors.ts";
import { type DType, hostTensor } from "../base/tensor.ts";
import { OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import type { Dimension } from "../graph/onnx/model.ts";
import { FeatureExtractor } from "./feature-extractor.ts";
import { loadFeatureNetwork } from "./feature-network.node.ts";
import goldens from "./goldens/mixed5.json" with { type: "json" };

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-features-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shape {
  readonly input?: readonly Dimension[];
  readonly dtype?: DType;
  readonly output?: string;
}

/** Writes a network and returns its path. `body` gets the name of the input and gives those of the outputs. */
function network(
  body: (builder: OnnxBuilder, x: string) => Record<string, string>,
  { input = ["n", 3, 4, 4], dtype = "float32" }: Shape = {},
): string {
  const builder = new OnnxBuilder();
  const outputs = body(builder, "pictures");
  for (const [name, value] of Object.entries(outputs)) builder.output(value, name);
  const graph = builder.graph(
    [{ name: "pictures", dtype, shape: input }],
    Object.keys(outputs).map((name) => ({ name, dtype: "float32" as const, shape: ["", ""] })),
  );
  const bytes = encodeOnnx({
    irVersion: 8,
    opsetImports: [{ domain: "", version: 18 }],
    graph,
    metadata: {},
    producerName: "test",
    docString: "",
  });
  const path = join(folder, `${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}.onnx`);
  writeFileSync(path, bytes);
  return path;
}

/** The mean of each channel. */
const channelMeans = (b: OnnxBuilder, x: string): string =>
  b.node("ReduceMean", [x, b.ints([2, 3])], { keepdims: 0 });

async function refusal(path: string, sha256?: string): Promise<string> {
  const error: unknown = await loadFeatureNetwork(path, sha256).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CheckpointError);
  return (error as CheckpointError).message;
}

/** As in scripts/metric-goldens.py. */
function uniform(seed: number, i: number, j: number): number {
  let h = Math.imul(seed, 0x9e3779b1) + Math.imul(i, 0x85ebca77) + Math.imul(j, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

function picture(
  side: number,
  value: (channel: number, y: number, x: number) => number,
): Uint8Array {
  const planes = new Uint8Array(3 * side * side);
  for (let at = 0; at < planes.length; at++) {
    const place = at % (side * side);
    planes[at] = value(Math.floor(at / (side * side)), Math.floor(place / side), place % side);
  }
  return planes;
}

describe("mixed5", () => {
  it("gives what PyTorch gives layer by layer", async () => {
    const mixed5 = await loadFeatureNetwork("mixed5");
    expect(mixed5).toMatchObject({
      name: "mixed5",
      side: 128,
      channels: 3,
      width: 768,
      classes: 0,
    });
    const extractor = new FeatureExtractor(mixed5, { width: 128, height: 128 }, 2);
    await extractor.add(picture(128, (c, y, x) => Math.floor(256 * uniform(c + 1, y, x))));
    await extractor.add(picture(128, (c, y, x) => (x * (c + 1) + Math.floor((y * y) / 16)) % 256));
    const { features, logits } = extractor.finish();
    expect(logits).toBeUndefined();
    for (const [i, { length, everyNinetySixth }] of goldens.entries()) {
      const row = features.data.subarray(i * 768, (i + 1) * 768);
      expect(Math.hypot(...row) / length).toBeCloseTo(1, 5);
      for (const [k, expected] of everyNinetySixth.entries())
        expect(row[96 * k]).toBeCloseTo(expected, 5);
    }
    await mixed5.dispose();
  });
});

describe("a network of one's own", () => {
  it("may have any names, logits, and grey pictures", async () => {
    const path = network(
      (b, x) => ({
        features: channelMeans(b, x),
        logits: b.node("Mul", [
          channelMeans(b, x),
          b.tensor(hostTensor("float32", [2], Float32Array.of(1, -1))),
        ]),
      }),
      { input: ["n", 1, 4, 4] },
    );
    const own = await loadFeatureNetwork(path);
    expect(own).toMatchObject({ side: 4, channels: 1, width: 1, classes: 2 });
    const extractor = new FeatureExtractor(own, { width: 8, height: 8 }, 20); // more than one batch
    for (let i = 0; i < 20; i++)
      await extractor.add(picture(8, (channel) => [10 * i, 100, 200][channel] as number));
    const { features, logits } = extractor.finish();
    for (let i = 0; i < 20; i++) {
      const grey = (0.299 * 10 * i + 0.587 * 100 + 0.114 * 200) / 255;
      expect(features.data[i]).toBeCloseTo(grey, 5);
      expect(logits?.data.subarray(2 * i, 2 * i + 2)).toEqual(
        Float32Array.of(features.data[i] as number, -(features.data[i] as number)),
      );
    }
    await own.dispose();
  });

  it("takes the only output by any name", async () => {
    const own = await loadFeatureNetwork(network((b, x) => ({ pool: channelMeans(b, x) })));
    const extractor = new FeatureExtractor(own, { width: 4, height: 4 }, 1);
    await extractor.add(picture(4, (channel) => 51 * (channel + 1)));
    const { data } = extractor.finish().features;
    for (const [channel, expected] of [0.2, 0.4, 0.6].entries())
      expect(data[channel]).toBeCloseTo(expected, 6);
    await own.dispose();
  });

  it("must fit", async () => {
    const means = (b: OnnxBuilder, x: string): Record<string, string> => ({
      features: channelMeans(b, x),
    });
    expect(await refusal(network(means, { input: ["n", 2, 4, 4] }))).toContain(
      'takes "pictures" float32 [n, 2, 4, 4], expected one input, float32 [N, 3, S, S]',
    );
    expect(await refusal(network(means, { input: ["n", 3, 4, 6] }))).toContain("[n, 3, 4, 6]");
    expect(await refusal(network(means, { input: ["n", 3, "h", "w"] }))).toContain("[n, 3, h, w]");
    expect(await refusal(network(means, { input: [1, 3, 4, 4] }))).toContain("any N");
    expect(await refusal(network(means, { input: ["n", 3, 4, 4], dtype: "float64" }))).toMatch(
      /float64|cannot load/,
    );
    expect(
      await refusal(network((b, x) => ({ features: b.node("ReduceMean", [x, b.ints([2, 3])]) }))),
    ).toContain(
      'its output "features" is float32 [2, 3, 1, 1] for 2 pictures, expected float32 [2, d]',
    );
    expect(
      await refusal(network((b, x) => ({ a: channelMeans(b, x), b: b.node("Neg", [x]) }))),
    ).toContain("this network gives a, b, expected");
  });

  it("must be a network at all", async () => {
    const path = join(folder, "text.onnx");
    writeFileSync(path, "hello");
    expect(await refusal(path)).toContain("ONNX Runtime cannot load this feature network");
    expect(await refusal(join(folder, "none.onnx"))).toContain(
      "expected mixed5, mnist, fashion or the path of",
    );
    expect(await refusal("mixed6")).toContain("expected mixed5, mnist, fashion or the path of");
  });

  it("must have the hash that is asked for", async () => {
    const path = network((b, x) => ({ features: channelMeans(b, x) }));
    const own = await loadFeatureNetwork(path);
    await (await loadFeatureNetwork(path, own.sha256.toUpperCase())).dispose();
    await own.dispose();
    expect(await refusal(path, "0".repeat(64))).toContain(
      `is ${own.sha256}, expected ${"0".repeat(64)}`,
    );
    expect(await refusal("mixed5", "0".repeat(64))).toContain("expected 0000");
  });

  it("must not give NaN", async () => {
    const own = await loadFeatureNetwork(
      network((b, x) => ({ features: b.node("Log", [channelMeans(b, x)]) })),
    );
    const extractor = new FeatureExtractor(own, { width: 4, height: 4 }, 2);
    await extractor.add(picture(4, () => 9));
    await expect(extractor.add(picture(4, () => 0))).rejects.toThrow(
      "gives -Infinity for picture 1, expected finite numbers",
    );
    await own.dispose();
  });
});
