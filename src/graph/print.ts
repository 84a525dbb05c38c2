import { formatShape } from "../base/shape.ts";
import { attrsToJson, topologicalOrder, type Value } from "./value.ts";

function formatAttrs(value: Value): string {
  if (value.op === "Constant") {
    const { data } = (value as Value<"Constant">).attrs.tensor;
    return data.length <= 4 ? ` {${[...data].join(", ")}}` : ` {${data.length} numbers}`;
  }
  const text = attrsToJson(value.attrs);
  return text === "{}" ? "" : ` ${text}`;
}

/**
 * A graph as text, one value a line: `%3 = Conv(%0, %2) {...} : float32[2, 8, 4, 4]  # scope`. Numbers count from 0 in the order
 * of computation, so equal graphs print equally.
 */
export function printGraph(outputs: Readonly<Record<string, Value>>): string {
  const order = topologicalOrder(Object.values(outputs));
  const number = new Map(order.map((value, i) => [value, i]));
  const lines = order.map((value, i) => {
    const inputs = value.inputs.map((input) => `%${number.get(input)}`).join(", ");
    const place = value.scope === "" ? "" : `  # ${value.scope}`;
    return `%${i} = ${value.op}(${inputs})${formatAttrs(value)} : ${value.dtype}${formatShape(value.shape)}${place}`;
  });
  for (const [name, value] of Object.entries(outputs))
    lines.push(`return ${name} = %${number.get(value)}`);
  return lines.join("\n");
}
