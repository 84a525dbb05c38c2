import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../src/base/errors.ts";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { Generator } from "../src/create/generator.ts";
import { interpret } from "../src/graph/interpret.ts";
import { add, input, mul, sub } from "../src/graph/ops/index.ts";
import { decodeSafetensors } from "../src/graph/safetensors.ts";
import type { Value } from "../src/graph/value.ts";
import type { Image } from "../src/media/image.ts";
import { encodeGenerator } from "../src/models/model-file.ts";
import { discriminator } from "../src/models/stylegan2/discriminator.ts";
import { type ImportedModel, importStyleGan2 } from "../src/models/stylegan2/import.ts";
import { mapping } from "../src/models/stylegan2/mapping.ts";
import { synthesis } from "../src/models/stylegan2/synthesis.ts";
import { Parameters } from "../src/nn/parameters.ts";

const GOLDENS = join(import.meta.dirname, "../src/models/import/goldens");

const pickleOf = (name: string): Uint8Array => readFileSync(join(GOLDENS, `${name}.pkl`));

/** A network pickle, and what the published code makes of it. */
function load(name: string): { model: ImportedModel; golden: Record<string, HostTensor> } {
  const file = join(GOLDENS, `${name}.safetensors`);
  const { tensors } = decodeSafetensors(readFileSync(file), file);
  return {
    model: importStyleGan2(pickleOf(name), `${name}.pkl`),
    golden: Object.fromEntries(tensors),
  };
}

const floats = (tensor: HostTensor | undefined): Float32Array => tensor?.data as Float32Array;

/** Largest difference of two tensors of one shape. */
function difference(a: HostTensor | undefined, b: HostTensor | undefined): number {
  expect(a?.shape).toEqual(b?.shape);
  const other = b?.data ?? [];
  return Math.max(...[...(a?.data ?? [])].map((x, i) => Math.abs(Number(x) - Number(other[i]))));
}

/** Weights with all noise off. */
const silent = (weights: ReadonlyMap<string, HostTensor> = new Map()): Record<string, HostTensor> =>
  Object.fromEntries(
    [...weights].map(([name, tensor]) => [
      name,
      name.endsWith("noise_strength") ? hostTensor("float32", []) : tensor,
    ]),
  );

describe.each(["stylegan2", "stylegan2-classes"])("networks of %s.pkl", (name) => {
  const { model, golden } = load(name);
  const { architecture } = model;
  const c = architecture.classes === 0 ? undefined : input("c", [2, architecture.classes]);
  const G = new Parameters("G");
  const { w, average } = mapping(G, architecture, input("z", [2, architecture.latent]), c);
  const images = (of: Value): Value => synthesis(G, architecture, of);

  it("give the same pictures as the original, truncated or not", () => {
    const truncated = add(average, mul(sub(w, average), 0.5));
    const [plain, typical] = interpret([images(w), images(truncated)], {
      ...golden,
      ...silent(model.average),
    });
    expect(difference(plain, golden.images)).toBeLessThan(1e-5);
    expect(difference(typical, golden["images.truncated"])).toBeLessThan(1e-5);
  });

  it("give the same pictures with their noise", () => {
    const [noisy] = interpret([images(w)], { ...golden, ...Object.fromEntries(model.average) });
    expect(difference(noisy, golden["images.noise"])).toBeLessThan(1e-5);
    expect(difference(noisy, golden.images)).toBeGreaterThan(1e-3);
  });

  it("give the same pictures from the generator that is trained", () => {
    const [raw] = interpret([images(w)], { ...golden, ...silent(model.generator()) });
    expect(difference(raw, golden["images.G"])).toBeLessThan(1e-5);
  });

  it("judge alike", () => {
    const shape = golden.images?.shape ?? [];
    const logits = discriminator(new Parameters("D"), architecture, input("images", shape), c);
    const weights = Object.fromEntries(model.discriminator() ?? []);
    const [judged] = interpret([logits], { ...golden, ...weights });
    expect(difference(judged, golden.logits)).toBeLessThan(1e-4);
  });

  it("make pictures like any model", async () => {
    const generator = await Generator.decode(pickleOf(name), `${name}.pkl`, { threads: 1 });
    const { latent, classes, height } = architecture;
    const latents = [0, 1].map((n) => ({
      z: floats(golden.z).slice(n * latent, (n + 1) * latent),
      class: classes === 0 ? 0 : floats(golden.c).indexOf(1, n * classes) % classes,
    }));
    const made: Image[] = [];
    for await (const image of generator.generate(latents)) made.push(image);
    const exact = floats(golden["images.noise"]);
    const plane = height ** 2;
    for (const [n, { data }] of made.entries())
      for (const [i, byte] of data.entries()) {
        const x = exact[(n * 3 + (i % 3)) * plane + Math.floor(i / 3)] as number;
        const wanted = (Math.min(1, Math.max(-1, x)) + 1) * 127.5;
        expect(Math.abs(byte - wanted)).toBeLessThan(0.52);
      }
    await generator.dispose();
  });
});

it("an exported network makes the same pictures in ONNX Runtime, in batches of any size", async () => {
  const { model, golden } = load("stylegan2-classes");
  const { architecture, average } = model;
  const info = { version: 1, architecture, classes: ["0", "1", "2"], kimg: 0, data: "x" } as const;
  const session = await InferenceSession.create(encodeGenerator(info, average));
  const tensor = (of: HostTensor | undefined): Tensor =>
    new Tensor("float32", floats(of), of?.shape ?? []);
  const { images } = await session.run({ z: tensor(golden.z), c: tensor(golden.c) });
  const exact = floats(golden["images.noise"]);
  const made = images?.data as Float32Array;
  for (const [i, x] of made.entries())
    expect(Math.abs(x - Math.min(1, Math.max(-1, exact[i] as number)))).toBeLessThan(1e-4);
  await session.release();
});

describe("importStyleGan2", () => {
  const whole = Buffer.from(pickleOf("stylegan2"));

  /** The pickle with another number behind a reference to a setting's name, the last one or that before the given offset. */
  function changed(reference: string, number: number, from = whole.length): Uint8Array {
    const opcodes = Buffer.from(`${reference}K`, "latin1");
    const at = whole.lastIndexOf(opcodes, from);
    expect(at).toBeGreaterThan(0);
    const bytes = Buffer.from(whole);
    bytes[at + opcodes.length] = number;
    return bytes;
  }

  it("refuses pictures of other than three colours, by name", () => {
    const grey = changed("jJ\x01\0\0", 1); // img_channels of G_ema
    const read = (): unknown => importStyleGan2(grey, "odd.pkl");
    expect(read).toThrow(CheckpointError);
    expect(read).toThrow(/odd\.pkl: G_ema has .*: img_channels 1 \(expected 3\)/);
  });

  it("refuses a discriminator of another size only where it is asked for", () => {
    const narrow = changed("j\xd4\x03\0\0", 32, whole.lastIndexOf("block_kwargs")); // channel_base of D
    const { discriminator: judge } = importStyleGan2(narrow, "odd.pkl");
    expect(judge).toThrow(CheckpointError);
    expect(judge).toThrow(/D has .*: channels 8,4,2 \(expected 8,8,4\)/);
  });

  it("refuses what is no pickle", () => {
    expect(() => importStyleGan2(new Uint8Array(10), "odd.pkl")).toThrow(/no|expected/);
  });
});
