import { CheckpointError } from "../base/errors.ts";
import type { HostTensor } from "../base/tensor.ts";
import { decodeOnnx } from "../graph/onnx/decode.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { clip, input } from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import { Parameters } from "../nn/parameters.ts";
import type { Architecture } from "./family.ts";
import { familyOf } from "./registry.ts";

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

/** The generator as a graph: `images` in [-1, 1] from `z` and, for conditional models, one-hot `c`. */
export function generatorGraph(
  architecture: Architecture,
  batch: number,
): { images: Value; parameters: Parameters } {
  const parameters = new Parameters("G");
  const z = input("z", [batch, architecture.latent]);
  const c = architecture.classes === 0 ? undefined : input("c", [batch, architecture.classes]);
  const images = clip(
    familyOf(architecture.family).generator(parameters, architecture, z, c),
    -1,
    1,
  );
  return { images, parameters };
}

/**
 * A generator as a self-contained ONNX file: standard operators only, any batch size, input `z` [batch, latent] (and `c`
 * [batch, classes]), output `images` [batch, 3, R, R] in [-1, 1].
 *
 * @param weights Tensors by parameter name; all of the generator's must be there.
 */
export function encodeGenerator(
  info: ModelInfo,
  weights: ReadonlyMap<string, HostTensor>,
): Uint8Array {
  const { images, parameters } = generatorGraph(info.architecture, 1);
  for (const { name } of parameters.list()) {
    if (!weights.has(name))
      throw new CheckpointError(
        `model: weight "${name}" is missing, expected the weights of a ${info.architecture.family} generator.`,
      );
  }
  return encodeOnnx(
    toOnnx({ images }, { weights, dynamicBatch: true, metadata: { [KEY]: JSON.stringify(info) } }),
  );
}

function isModelInfo(value: unknown): value is ModelInfo {
  const info = value as Partial<ModelInfo> | null;
  const a = info?.architecture as Partial<Architecture> | undefined;
  const numbers = [
    a?.resolution,
    a?.latent,
    a?.classes,
    a?.blocks,
    a?.expansion,
    a?.groupSize,
    info?.kimg,
  ];
  return (
    info?.version === 1 &&
    numbers.every((n) => typeof n === "number" && Number.isFinite(n) && n >= 0) &&
    typeof a?.family === "string" &&
    Array.isArray(a.widths) &&
    a.widths.every((w) => Number.isInteger(w) && w > 0) &&
    Array.isArray(info.classes) &&
    info.classes.every((c) => typeof c === "string") &&
    typeof info.data === "string"
  );
}

/**
 * Reads a generator's file: nothing in it is run, the graph is rebuilt from the description and the weights are checked against it.
 *
 * @param where Name of the file, for messages.
 * @throws {CheckpointError} if it is no ONNX file, no Ganbox generator, or its weights do not fit its description.
 */
export function decodeGenerator(
  bytes: Uint8Array,
  where: string,
): { info: ModelInfo; weights: Map<string, HostTensor> } {
  const model = decodeOnnx(bytes, where);
  let info: unknown;
  try {
    info = JSON.parse(model.metadata[KEY] ?? "null");
  } catch (cause) {
    throw new CheckpointError(
      `${where}: its description is not readable. Export the model again with \`ganbox export\`.`,
      { cause },
    );
  }
  if (!isModelInfo(info)) {
    const names = model.graph.inputs.map((i) => i.name).join(", ");
    throw new CheckpointError(
      `${where}: this ONNX file (inputs: ${names}) is no Ganbox generator, expected a file written by \`ganbox train\` or \`ganbox export\`.`,
    );
  }
  const weights = new Map<string, HostTensor>();
  for (const { name, shape } of generatorGraph(info.architecture, 1).parameters.list()) {
    const tensor = model.graph.initializers.get(name);
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
