import type { OpName, Value } from "./value.ts";
import { attrsToJson, topologicalOrder } from "./value.ts";

const COMMUTATIVE: ReadonlySet<OpName> = new Set([
  "Add",
  "Mul",
  "Min",
  "Max",
  "Equal",
  "And",
  "Or",
]);

const constantKeys = new WeakMap<object, string>();
let constantCount = 0;

/** Small constants are equal by content, large ones by identity. */
function constantKey(value: Value<"Constant">): string {
  const { tensor } = value.attrs;
  if (tensor.data.length <= 16)
    return `${tensor.dtype}(${[...tensor.data].map((v) => (Object.is(v, -0) ? "-0" : String(v))).join()})`;
  let key = constantKeys.get(tensor);
  if (key === undefined) {
    key = `#${constantCount++}`;
    constantKeys.set(tensor, key);
  }
  return key;
}

function keyOf(value: Value, inputs: readonly Value[]): string {
  const ids = inputs.map((i) => i.id);
  if (COMMUTATIVE.has(value.op)) ids.sort((a, b) => a - b);
  const attrs =
    value.op === "Constant" ? constantKey(value as Value<"Constant">) : attrsToJson(value.attrs);
  return `${value.op}|${ids.join()}|${value.dtype}|${value.shape.join()}|${attrs}`;
}

/**
 * Common-subexpression elimination: values that apply the same operation to the same inputs become one. What no output needs
 * is gone as well, since only values reachable from `outputs` are rebuilt.
 *
 * @returns The outputs, in order, over the reduced graph.
 */
export function eliminateCommonSubexpressions(outputs: readonly Value[]): Value[] {
  const canonical = new Map<string, Value>();
  const replacement = new Map<Value, Value>();
  for (const value of topologicalOrder(outputs)) {
    const inputs = value.inputs.map((i) => replacement.get(i) as Value);
    const key = keyOf(value, inputs);
    let kept = canonical.get(key);
    if (kept === undefined) {
      kept = inputs.every((input, i) => input === value.inputs[i]) ? value : { ...value, inputs };
      canonical.set(key, kept);
    }
    replacement.set(value, kept);
  }
  return outputs.map((output) => replacement.get(output) as Value);
}
