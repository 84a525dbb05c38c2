import { CheckpointError, ConfigError } from "../base/errors.ts";
import type { HostTensor } from "../base/tensor.ts";
import { decodeOnnx } from "../graph/onnx/decode.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { clip, input } from "../graph/ops/index.ts";
import { decodeSafetensors, isSafetensors } from "../graph/safetensors.ts";
import type { Value } from "../graph/value.ts";
import { type Parameter, Parameters } from "../nn/parameters.ts";
import { readArchitecture } from "./architecture.ts";
import { type Architecture, examplesShape } from "./family.ts";
import { FAMILY_NAMES, familyOf } from "./registry.ts";

/** What a model file says about itself, beside the weights. Plain JSON in the file's metadata under the key `ganbox`. */
export interface ModelInfo {
  readonly version: 1;
  readonly architecture: Architecture;
  /** Names of the classes, in the order of the one-hot input; empty for unconditional models. */
  readonly classes: readonly string[];
  /** Thousands of real images shown in training. */
  readonly kimg: number;
  /** Name of the data set. */
  readonly data: string;
}

const KEY = "ganbox";

/** The keys of the files of other networks, so that nobody takes them for a generator's. */
const DISCRIMINATOR_KEY = "ganbox-discriminator";
const ENCODER_KEY = "ganbox-encoder";

/** The generator as a graph: `images` [batch, channels, H, W] in [-1, 1] from `z`, for conditional models one-hot `c`, and the inputs that its family names. */
export function generatorGraph(
  architecture: Architecture,
  batch: number,
): { z: Value; images: Value; parameters: Parameters } {
  const family = familyOf(architecture.family);
  const parameters = new Parameters("G");
  const z = input("z", [batch, architecture.latent]);
  const c = architecture.classes === 0 ? undefined : input("c", [batch, architecture.classes]);
  const shapes = Object.entries(family.inputs?.(architecture) ?? {});
  const inputs = Object.fromEntries(
    shapes.map(([name, shape]) => [name, input(name, [batch, ...shape])]),
  );
  const images = clip(family.generator(parameters, architecture, z, c, inputs), -1, 1);
  return { z, images, parameters };
}

/**
 * The discriminator as a graph: `logits` [batch, K] of `images` [batch, planes, H, W] in [-1, 1] and, for conditional models, one-hot `c`.
 *
 * @param images Pictures to judge. @default the input `images`
 * @throws {CheckpointError} if the family has none.
 */
export function discriminatorGraph(
  architecture: Architecture,
  batch: number,
  images?: Value,
): { logits: Value; parameters: Parameters } {
  const { classes } = architecture;
  const family = familyOf(architecture.family);
  const { discriminator } = family;
  if (discriminator === undefined) {
    throw new CheckpointError(
      `discriminator: models of the family "${family.name}" have none, expected an adversarial family such as r3gan.`,
    );
  }
  const parameters = new Parameters("D");
  const seen = images ?? input("images", examplesShape(family, architecture, batch));
  const c = classes === 0 ? undefined : input("c", [batch, classes]);
  return { logits: discriminator(parameters, architecture, seen, c), parameters };
}

/** The encoder of an autoencoder as a graph: `mean` and `logVariance` of codes from `images` in [-1, 1] and, for conditional models, one-hot `c`. */
export function encoderGraph(
  architecture: Architecture,
  batch: number,
): { outputs: Readonly<Record<"mean" | "logVariance", Value>>; parameters: Parameters } {
  const { classes } = architecture;
  const family = familyOf(architecture.family);
  const { encoder } = family;
  if (encoder === undefined) {
    const known = FAMILY_NAMES.filter((name) => familyOf(name).encoder !== undefined);
    throw new CheckpointError(
      `model: the family ${family.name} has no encoder, expected one of ${known.join(", ")}.`,
    );
  }
  const parameters = new Parameters("E");
  const images = input("images", examplesShape(family, architecture, batch));
  const c = classes === 0 ? undefined : input("c", [batch, classes]);
  return { outputs: encoder(parameters, architecture, images, c), parameters };
}

/**
 * A generator as a self-contained ONNX file: standard operators only, any batch size, input `z` [batch, latent] (and `c`
 * [batch, classes], and those that its family names), output `images` [batch, channels, H, W] in [-1, 1].
 *
 * @param weights Tensors by parameter name; all of the generator's must be there.
 * @param options `half` keeps large weights in half precision.
 */
export function encodeGenerator(
  info: ModelInfo,
  weights: ReadonlyMap<string, HostTensor>,
  { half = false } = {},
): Uint8Array {
  const { images, parameters } = generatorGraph(info.architecture, 1);
  return encodeNetwork(info, { images }, parameters, weights, KEY, half);
}

/**
 * A discriminator as a self-contained ONNX file: input `images` [batch, planes, H, W] in [-1, 1] (and `c` [batch, classes]), output `logits` [batch, K].
 *
 * @param weights Tensors by parameter name; all of the discriminator's must be there.
 * @throws {CheckpointError} if the family has none or a weight is missing.
 */
export function encodeDiscriminator(
  info: ModelInfo,
  weights: ReadonlyMap<string, HostTensor>,
): Uint8Array {
  const { logits, parameters } = discriminatorGraph(info.architecture, 1);
  return encodeNetwork(info, { logits }, parameters, weights, DISCRIMINATOR_KEY);
}

/**
 * An encoder as a self-contained ONNX file: standard operators only, any batch size, input `images` [batch, planes, H, W] in [-1, 1] (and `c`
 * [batch, classes]), outputs `mean` and `logVariance` [batch, latent].
 *
 * @param weights Tensors by parameter name; all of the encoder's must be there.
 * @throws {CheckpointError} if the family has no encoder or a weight is missing.
 */
export function encodeEncoder(
  info: ModelInfo,
  weights: ReadonlyMap<string, HostTensor>,
): Uint8Array {
  const { outputs, parameters } = encoderGraph(info.architecture, 1);
  return encodeNetwork(info, outputs, parameters, weights, ENCODER_KEY);
}

function encodeNetwork(
  info: ModelInfo,
  outputs: Readonly<Record<string, Value>>,
  parameters: Parameters,
  weights: ReadonlyMap<string, HostTensor>,
  key: string = KEY,
  half = false,
): Uint8Array {
  for (const { name } of parameters.list()) {
    if (!weights.has(name))
      throw new CheckpointError(
        `model: weight "${name}" is missing, expected the weights of a ${info.architecture.family} model.`,
      );
  }
  return encodeOnnx(
    toOnnx(outputs, {
      weights,
      half,
      dynamicBatch: true,
      metadata: { [key]: JSON.stringify(info) },
    }),
  );
}

/** What a file says about its model, or undefined if it says nothing of the kind. */
function readInfo(value: unknown): ModelInfo | undefined {
  const info = value as Partial<ModelInfo> | null;
  const architecture = readArchitecture(info?.architecture);
  const sound =
    info?.version === 1 &&
    typeof info.kimg === "number" &&
    Number.isFinite(info.kimg) &&
    info.kimg >= 0 &&
    Array.isArray(info.classes) &&
    info.classes.every((c) => typeof c === "string") &&
    typeof info.data === "string";
  return sound && architecture !== undefined ? { ...(info as ModelInfo), architecture } : undefined;
}

/** A network that was read from its file. */
export interface DecodedNetwork {
  readonly info: ModelInfo;
  /** By parameter name. */
  readonly weights: Map<string, HostTensor>;
}

/**
 * Reads a generator's file, ONNX or safetensors: nothing in it is run, the graph is rebuilt from the description and the weights are checked against it.
 *
 * @param where Name of the file, for messages.
 * @throws {CheckpointError} if it is neither, no Ganbox generator, or its weights do not fit its description.
 */
export function decodeGenerator(bytes: Uint8Array, where: string): DecodedNetwork {
  return decodeNetwork(bytes, where, { what: "generator", key: KEY, graph: generatorGraph });
}

/** First byte of Python's pickles. */
const PICKLE = 0x80;

/**
 * Reads a generator's file like `decodeGenerator`, or the averaged generator of a StyleGAN2-ADA network pickle. Nothing in it is run.
 *
 * @throws {CheckpointError} if it is neither, or holds networks that no family here has.
 */
export async function readGenerator(
  bytes: Uint8Array,
  where: string,
): Promise<{ info: ModelInfo; weights: ReadonlyMap<string, HostTensor> }> {
  if (bytes[0] !== PICKLE || isSafetensors(bytes)) return decodeGenerator(bytes, where);
  const { importStyleGan2 } = await import("./stylegan2/import.ts");
  const { architecture, average } = importStyleGan2(bytes, where);
  const classes = Array.from({ length: architecture.classes }, (_, i) => String(i));
  return {
    info: { version: 1, architecture, classes, kimg: 0, data: "imported" },
    weights: average,
  };
}

/**
 * Reads a discriminator's file as `decodeGenerator` reads a generator's.
 *
 * @param where Name of the file, for messages.
 * @throws {CheckpointError} if it is no ONNX file, no Ganbox discriminator, or its weights do not fit its description.
 */
export function decodeDiscriminator(bytes: Uint8Array, where: string): DecodedNetwork {
  return decodeNetwork(bytes, where, {
    what: "discriminator",
    key: DISCRIMINATOR_KEY,
    graph: (architecture, batch) => discriminatorGraph(architecture, batch),
  });
}

/**
 * Reads an encoder's file as `decodeGenerator` reads a generator's.
 *
 * @param where Name of the file, for messages.
 * @throws {CheckpointError} if it is no ONNX file, no Ganbox encoder, or its weights do not fit its description.
 */
export function decodeEncoder(bytes: Uint8Array, where: string): DecodedNetwork {
  return decodeNetwork(bytes, where, { what: "encoder", key: ENCODER_KEY, graph: encoderGraph });
}

/** What a file holds, whichever of both kinds it is. */
function contentOf(
  bytes: Uint8Array,
  where: string,
): {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  /** What it is, for messages. */
  readonly kind: string;
} {
  if (isSafetensors(bytes)) return { ...decodeSafetensors(bytes, where), kind: "safetensors file" };
  const { metadata, graph } = decodeOnnx(bytes, where);
  const names = graph.inputs.map((i) => i.name).join(", ");
  return { metadata, tensors: graph.initializers, kind: `ONNX file (inputs: ${names})` };
}

/** Parameters that a file must have. What is wrong with a description is a wrong option elsewhere; here it is a wrong file. */
function parametersOf(
  architecture: Architecture,
  graph: NetworkKind["graph"],
  where: string,
): Parameter[] {
  try {
    return graph(architecture, 1).parameters.list();
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new CheckpointError(
      `${where}: this model cannot be used by this Ganbox: ${cause.message} A newer Ganbox may know it.`,
      { cause },
    );
  }
}

/** What tells the file of one kind of network from that of another. */
interface NetworkKind {
  readonly what: string;
  /** Where its description stands in the metadata. */
  readonly key: string;
  readonly graph: (
    architecture: Architecture,
    batch: number,
  ) => { readonly parameters: Parameters };
}

function decodeNetwork(
  bytes: Uint8Array,
  where: string,
  { what, key, graph }: NetworkKind,
): DecodedNetwork {
  const { metadata, tensors, kind } = contentOf(bytes, where);
  let info: ModelInfo | undefined;
  try {
    info = readInfo(JSON.parse(metadata[key] ?? "null"));
  } catch (cause) {
    throw new CheckpointError(
      `${where}: its description is not readable. Export the model again with \`ganbox export\`.`,
      { cause },
    );
  }
  if (info === undefined) {
    throw new CheckpointError(
      `${where}: this ${kind} is no Ganbox ${what}, expected a file written by \`ganbox train\` or \`ganbox export\`.`,
    );
  }
  const weights = new Map<string, HostTensor>();
  for (const { name, shape } of parametersOf(info.architecture, graph, where)) {
    const tensor = tensors.get(name);
    if (
      tensor === undefined ||
      tensor.shape.join() !== shape.join() ||
      tensor.dtype !== "float32"
    ) {
      throw new CheckpointError(
        `${where}: weight "${name}" is ${tensor === undefined ? "missing" : `${tensor.dtype} [${tensor.shape}]`}, expected float32 [${shape}]. The file is damaged or was changed.`,
      );
    }
    weights.set(name, tensor);
  }
  return { info, weights };
}
