/**
 * Converts Inception-v3 cut at `mixed5` from the npm package nsfwjs (MIT) to models/features/mixed5.onnx.
 *
 *     npx tsx scripts/mixed5.ts <model.json> <weights.bin> models/features/mixed5.onnx
 *
 * The source is a tfjs layers-model with weights as bytes, all shards joined in one file. They stay bytes here: `weight = (byte - zero) scale`, where
 * `scale`, one number a filter, takes in the batch normalisation that follows. ONNX Runtime works that out once when it loads the file.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { sizeOf } from "../src/base/shape.ts";
import { hostTensor } from "../src/base/tensor.ts";
import { OnnxBuilder } from "../src/graph/onnx/builder.ts";
import { encodeOnnx } from "../src/graph/onnx/encode.ts";

const pair = z.tuple([z.number(), z.number()]);
const inbound = z.array(z.array(z.tuple([z.string()]).rest(z.unknown())));
const layer = <C extends z.ZodRawShape, N extends string>(className: N, config: C) =>
  z.object({
    class_name: z.literal(className),
    name: z.string(),
    inbound_nodes: inbound,
    config: z.object(config),
  });
const pooling = {
  pool_size: pair,
  strides: pair,
  padding: z.enum(["same", "valid"]),
  data_format: z.literal("channels_last"),
};
const layerSchema = z.discriminatedUnion("class_name", [
  layer("InputLayer", {}),
  layer("Conv2D", {
    strides: pair,
    padding: z.enum(["same", "valid"]),
    activation: z.literal("linear"),
    use_bias: z.literal(false),
    dilation_rate: z.tuple([z.literal(1), z.literal(1)]),
    data_format: z.literal("channels_last"),
  }),
  layer("BatchNormalization", { axis: z.literal(3), epsilon: z.number(), scale: z.literal(false) }),
  layer("Activation", { activation: z.literal("relu") }),
  layer("Concatenate", { axis: z.literal(3) }),
  layer("AveragePooling2D", pooling),
  layer("MaxPooling2D", pooling),
]);
const weightSchema = z.object({
  name: z.string(),
  shape: z.array(z.number()),
  quantization: z.object({ min: z.number(), scale: z.number(), dtype: z.literal("uint8") }),
});
const modelSchema = z.object({
  modelTopology: z.object({
    model_config: z.object({ config: z.object({ layers: z.array(layerSchema) }) }),
  }),
  weightsManifest: z.tuple([z.object({ weights: z.array(weightSchema) })]),
});

type Layer = z.infer<typeof layerSchema>;
type Convolution = Extract<Layer, { class_name: "Conv2D" }>;
type Normalization = Extract<Layer, { class_name: "BatchNormalization" }>;
type Pooling = Extract<Layer, { class_name: "AveragePooling2D" | "MaxPooling2D" }>;

interface Weight {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly min: number;
  readonly scale: number;
}

const SIDE = 128;
const WIDTH = 768;

const [jsonPath, binPath, outPath] = process.argv.slice(2);
if (jsonPath === undefined || binPath === undefined || outPath === undefined)
  throw new Error("usage: mixed5.ts MODEL.json WEIGHTS.bin OUT.onnx");
const { modelTopology, weightsManifest } = modelSchema.parse(
  JSON.parse(readFileSync(jsonPath, "utf8")),
);
const { layers } = modelTopology.model_config.config;
const weights = readWeights(readFileSync(binPath));
const builder = new OnnxBuilder();
const written = new Map<string, string>();

function readWeights(bytes: Uint8Array): Map<string, Weight> {
  const found = new Map<string, Weight>();
  let at = 0;
  for (const { name, shape, quantization } of weightsManifest[0].weights) {
    const size = sizeOf(shape);
    found.set(name, { shape, bytes: bytes.subarray(at, at + size), ...quantization });
    at += size;
  }
  if (at !== bytes.length) throw new Error(`${binPath}: ${bytes.length} bytes, expected ${at}`);
  return found;
}

function weightOf(name: string): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw new Error(`${jsonPath}: no weight ${name}`);
  return weight;
}

/** A small weight in full. */
function vectorOf(name: string): Float64Array {
  const { bytes, min, scale } = weightOf(name);
  return Float64Array.from(bytes, (byte) => byte * scale + min);
}

function floats(values: ArrayLike<number>, shape: readonly number[], name: string): string {
  return builder.tensor(hostTensor("float32", shape, Float32Array.from(values)), name);
}

/** [kh, kw, I, O] to [O, I, kh, kw]. */
function filters({ shape, bytes }: Weight): { shape: number[]; data: Uint8Array } {
  const [kh = 0, kw = 0, inputs = 0, outputs = 0] = shape;
  const data = new Uint8Array(bytes.length);
  let from = 0;
  for (let y = 0; y < kh; y++)
    for (let x = 0; x < kw; x++)
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++)
          data[((o * inputs + i) * kh + y) * kw + x] = bytes[from++] as number;
  return { shape: [outputs, inputs, kh, kw], data };
}

/** Convolution and batch normalisation as one: `conv(x, (byte - zero) s / sigma) + beta - mean / sigma`. */
function convolve(conv: Convolution, norm: Normalization): string {
  const kernel = weightOf(`${conv.name}/kernel`);
  const { shape, data } = filters(kernel);
  const [outputs = 0, , kh = 0, kw = 0] = shape;
  const beta = vectorOf(`${norm.name}/beta`);
  const mean = vectorOf(`${norm.name}/moving_mean`);
  const sigma = vectorOf(`${norm.name}/moving_variance`).map((v) =>
    Math.sqrt(v + norm.config.epsilon),
  );
  const bytes = builder.tensor(hostTensor("uint8", shape, data), `${conv.name}/bytes`);
  const zero = -kernel.min / kernel.scale;
  const centred = builder.node("Sub", [
    builder.node("Cast", [bytes], { to: 1 }),
    builder.scalar(zero),
  ]);
  const scale = floats(
    sigma.map((s) => kernel.scale / s),
    [outputs, 1, 1, 1],
    `${conv.name}/scale`,
  );
  const bias = floats(
    sigma.map((s, i) => (beta[i] as number) - (mean[i] as number) / s),
    [outputs],
    `${conv.name}/bias`,
  );
  return builder.node("Conv", [inputOf(conv), builder.node("Mul", [centred, scale]), bias], {
    kernel_shape: [kh, kw],
    strides: conv.config.strides,
    pads: padsOf(conv.config, [kh, kw]),
  });
}

/** Padding of TensorFlow's "same": here only ever with a stride of 1 and odd kernels, where it is even on all sides. */
function padsOf(
  { padding, strides }: { padding: string; strides: readonly number[] },
  kernel: readonly [number, number],
): number[] {
  if (padding === "valid") return [0, 0, 0, 0];
  if (strides.some((s) => s !== 1) || kernel.some((k) => k % 2 === 0))
    throw new Error('padding "same" with a stride or an even kernel');
  const [y, x] = kernel.map((k) => (k - 1) / 2) as [number, number];
  return [y, x, y, x];
}

function pool({ class_name, config, ...rest }: Pooling): string {
  const attributes = {
    kernel_shape: config.pool_size,
    strides: config.strides,
    pads: padsOf(config, config.pool_size),
  };
  const input = inputOf(rest);
  return class_name === "MaxPooling2D"
    ? builder.node("MaxPool", [input], attributes)
    : builder.node("AveragePool", [input], { ...attributes, count_include_pad: 0 });
}

function inputOf({ inbound_nodes }: Pick<Layer, "inbound_nodes">): string {
  return inputsOf({ inbound_nodes })[0] as string;
}

function inputsOf({ inbound_nodes }: Pick<Layer, "inbound_nodes">): string[] {
  return (inbound_nodes[0] ?? []).map(([name]) => {
    const value = written.get(name);
    if (value === undefined)
      throw new Error(`${jsonPath}: layer ${name} is used before it is defined`);
    return value;
  });
}

function sourceOf(layer: Normalization): Convolution {
  const source = layers.find(({ name }) => name === layer.inbound_nodes[0]?.[0]?.[0]);
  if (source?.class_name !== "Conv2D") throw new Error(`${layer.name} follows no convolution`);
  return source;
}

function write(layer: Layer): string | undefined {
  switch (layer.class_name) {
    case "InputLayer":
      return "images";
    case "Conv2D":
      return undefined; // written with the normalisation that follows it
    case "BatchNormalization":
      return convolve(sourceOf(layer), layer);
    case "Activation":
      return builder.node("Relu", [inputOf(layer)]);
    case "Concatenate":
      return builder.node("Concat", inputsOf(layer), { axis: 1 });
    default:
      return pool(layer);
  }
}

for (const layer of layers) {
  builder.scope = layer.name;
  const value = write(layer);
  if (value !== undefined) written.set(layer.name, value);
}
builder.scope = "features";
const last = written.get(layers.at(-1)?.name ?? "") as string;
builder.output(
  builder.node("ReduceMean", [last, builder.ints([2, 3])], { keepdims: 0 }),
  "features",
);
const bytes = encodeOnnx({
  irVersion: 8,
  opsetImports: [{ domain: "", version: 18 }],
  graph: builder.graph(
    [{ name: "images", dtype: "float32", shape: ["batch", 3, SIDE, SIDE] }],
    [{ name: "features", dtype: "float32", shape: ["batch", WIDTH] }],
  ),
  metadata: {
    name: "mixed5",
    origin: "Inception-v3 up to mixed5, from the npm package nsfwjs (MIT License)",
  },
  producerName: "ganbox",
  docString: "",
});
mkdirSync(dirname(outPath), { recursive: true });
writeFileSync(outPath, bytes);
console.log(
  `${outPath}: ${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}`,
);
