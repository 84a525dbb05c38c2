import type { HostTensor } from "../base/tensor.ts";
import type { Engine } from "../engine/engine.ts";
import type { State } from "../engine/state.ts";
import { mul, reduceSum } from "../graph/ops/index.ts";
import { isOp, topologicalOrder, type Value } from "../graph/value.ts";
import type { PhaseGraph } from "./phases.ts";

function describe(value: Value): string {
  if (isOp(value, "Input")) return `"${value.attrs.name}"`;
  return `the result of ${value.op} in "${value.scope}"`;
}

/** Name of the first tensor of a graph, in order of computation, that holds an infinity or NaN for these inputs. */
export async function firstNonFinite(
  engine: Engine,
  graph: PhaseGraph,
  feeds: Readonly<Record<string, HostTensor>>,
  state: State,
): Promise<string> {
  const values = topologicalOrder(Object.values(graph)).filter(
    (v) => v.dtype === "float32" && v.op !== "Constant",
  );
  // Zero times a finite number is zero; times an infinity or NaN it is NaN.
  const checks = Object.fromEntries(
    values.map((value, i) => [`check${i}`, reduceSum(mul(value, 0))]),
  );
  const program = await engine.compile(checks, { tune: false });
  const { results } = await program.run(feeds, state);
  await program.dispose();
  const first = values.find((_, i) => !Number.isFinite(results[`check${i}`]?.data[0] as number));
  return first === undefined ? "a sum over the batch" : describe(first);
}
