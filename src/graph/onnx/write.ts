import { CheckpointError, invariant } from "../../base/errors.ts";
import { formatShape, sameShape } from "../../base/shape.ts";
import type { HostTensor } from "../../base/tensor.ts";
import { FLOAT16_MAX } from "../float16.ts";
import { eliminateCommonSubexpressions } from "../passes.ts";
import { isOp, type OpName, topologicalOrder, type Value } from "../value.ts";
import { OnnxBuilder } from "./builder.ts";
import type { OnnxModel, OnnxValue } from "./model.ts";
import { type Lowering, portableLowerings } from "./portable.ts";

/** How a graph becomes an ONNX model. */
export interface OnnxOptions {
  /** Another lowering for a value, or undefined for the portable one. */
  readonly lower?: (value: Value) => Lowering<OpName> | undefined;
  /** Inputs that become constants of the model: trained weights. */
  readonly weights?: ReadonlyMap<string, HostTensor>;
  /** Keep large weights in half precision: half the size, and numbers that differ by up to 0.05 %. @default false */
  readonly half?: boolean;
  /** Leave the first axis of inputs and outputs free. The graph must be built for a batch of 1 and keep the batch in front. */
  readonly dynamicBatch?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Domains beyond standard ONNX that lowerings use. */
  readonly domains?: readonly string[];
}

const OPSET = 18;

/** Fewer elements than this are not worth the loss. */
const LEAST_HALVED = 1024;

function isWorthHalving(data: HostTensor["data"]): boolean {
  return (
    data.length >= LEAST_HALVED && (data as Float32Array).every((v) => Math.abs(v) <= FLOAT16_MAX)
  );
}

/**
 * A graph as an ONNX model: common subexpressions merged, dead values dropped, one or more nodes a value.
 *
 * @param outputs Results by public name.
 * @throws {CheckpointError} if a weight has another shape than the input it replaces.
 */
export function toOnnx(
  outputs: Readonly<Record<string, Value>>,
  options: OnnxOptions = {},
): OnnxModel {
  const { lower, weights, dynamicBatch = false, metadata = {}, domains = [] } = options;
  const fits = (weight: HostTensor): boolean =>
    options.half === true && weight.dtype === "float32" && isWorthHalving(weight.data);
  const names = Object.keys(outputs);
  const results = eliminateCommonSubexpressions(Object.values(outputs));
  const builder = new OnnxBuilder();
  const written = new Map<Value, string>();
  const inputs: OnnxValue[] = [];
  const free = (shape: readonly number[]): (number | string)[] =>
    dynamicBatch ? ["batch", ...shape.slice(1)] : [...shape];

  for (const value of topologicalOrder(results)) {
    builder.scope = value.scope;
    if (isOp(value, "Input")) {
      const { name } = value.attrs;
      const weight = weights?.get(name);
      if (weight === undefined) inputs.push({ name, dtype: value.dtype, shape: free(value.shape) });
      else if (!sameShape(weight.shape, value.shape)) {
        throw new CheckpointError(
          `${name}: weight has shape ${formatShape(weight.shape)}, expected ${formatShape(value.shape)}.`,
        );
      } else builder.tensor(weight, name);
    }
    const weight = isOp(value, "Input") ? weights?.get(value.attrs.name) : undefined;
    if (weight !== undefined && fits(weight) && isOp(value, "Input")) {
      written.set(value, builder.halfTensor(weight, value.attrs.name));
      continue;
    }
    const args = value.inputs.map((i) => written.get(i) as string);
    const lowering = lower?.(value) ?? (portableLowerings[value.op] as Lowering<OpName>);
    const name =
      dynamicBatch && value.op === "Reshape"
        ? builder.reshape(args[0] as string, [-1, ...value.shape.slice(1)])
        : lowering(builder, value, args);
    written.set(value, name);
  }
  const declared = results.map((value, i) => {
    invariant(names[i] !== undefined, "output without a name");
    builder.output(written.get(value) as string, names[i]);
    return { name: names[i], dtype: value.dtype, shape: free(value.shape) };
  });
  const shapes = new Map([...written].map(([value, name]) => [name, value.shape]));
  const imports = [
    { domain: "", version: OPSET },
    ...domains.map((domain) => ({ domain, version: 1 })),
  ];
  return {
    irVersion: 8,
    opsetImports: imports,
    graph: { ...builder.graph(inputs, declared), ...(dynamicBatch ? {} : { shapes }) },
    metadata,
    producerName: "ganbox",
    docString: "",
  };
}
