import { describe, expect, it } from "vitest";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import goldens from "./goldens/ops.json" with { type: "json" };
import { interpret } from "./interpret.ts";
import { buildCase, type CaseGraph } from "./op-case.ts";
import { OP_CASES } from "./op-cases.ts";
import { vjpRules } from "./rules.ts";
import { topologicalOrder, type Value } from "./value.ts";

interface Golden {
  readonly y: readonly number[];
  readonly first: Readonly<Record<string, readonly number[]>>;
  readonly second: Readonly<Record<string, readonly number[]>>;
}

const goldenOf = goldens as unknown as Readonly<Record<string, Golden>>;
const STEP = 1e-5;

/** Central differences `(f(x + h) - f(x - h)) / 2h` of a scalar by each element of one feed. */
function finiteDifferences(scalar: Value, name: string, feeds: CaseGraph["feeds"]): number[] {
  const feed = feeds[name] as HostTensor<"float32">;
  const at = (i: number, step: number): number => {
    const data = Float64Array.from(feed.data);
    data[i]! += step;
    const [result] = interpret([scalar], {
      ...feeds,
      [name]: hostTensor("float64", feed.shape, data),
    });
    return result?.data[0] as number;
  };
  return Array.from(feed.data, (_, i) => (at(i, STEP) - at(i, -STEP)) / (2 * STEP));
}

/** Fails where two tensors differ by more than `tolerance` of their largest element. */
function expectClose(
  actual: HostTensor | undefined,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  const values = Array.from((actual as HostTensor).data, Number);
  expect(values.length, what).toBe(expected.length);
  const scale = Math.max(1e-2, ...Array.from(expected, Math.abs));
  for (const [i, value] of values.entries()) {
    const error = Math.abs(value - expected[i]!) / scale;
    expect(error, `${what}[${i}]: ${value}, expected ${expected[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
  }
}

function computeAll(graph: CaseGraph, values: Readonly<Record<string, Value>>): HostTensor[] {
  return interpret(Object.values(values), graph.feeds);
}

describe("op cases", () => {
  it("have names of their own", () => {
    expect(new Set(OP_CASES.map((c) => c.name)).size).toBe(OP_CASES.length);
  });

  it("use every operation", () => {
    const used = OP_CASES.flatMap((c) => topologicalOrder([buildCase(c).y]).map((v) => v.op));
    expect([...new Set(used)].sort()).toEqual(Object.keys(vjpRules).sort());
  });

  it("give the same numbers every time", () => {
    for (const opCase of OP_CASES) {
      expect(buildCase(opCase).feeds).toEqual(buildCase(opCase).feeds);
    }
  });
});

describe.each(OP_CASES)("$name", (opCase) => {
  const graph = buildCase(opCase);
  const { loss, slope } = graph;

  it("agrees with PyTorch", () => {
    const tolerance = opCase.rounded ? 2e-7 : 1e-11;
    const golden = goldenOf[opCase.name];
    expect(golden, `${opCase.name} is missing in goldens/ops.json`).toBeDefined();
    const { y, first, second } = golden as Golden;
    expectClose(interpret([graph.y], graph.feeds)[0], y, tolerance, "y");
    for (const [order, expected, actual] of [
      ["first", first, graph.first],
      ["second", second, graph.second],
    ] as const) {
      expect(Object.keys(actual)).toEqual(Object.keys(expected));
      const results = computeAll(graph, actual);
      for (const [i, [name, values]] of Object.entries(expected).entries()) {
        expectClose(results[i], values, tolerance, `${order} ${name}`);
      }
    }
  });

  if (!opCase.smooth || loss === undefined || slope === undefined) return;
  it("has the gradients of its slopes", () => {
    for (const [order, scalar, gradient] of [
      ["first", loss, graph.first],
      ["second", slope, graph.second],
    ] as const) {
      const results = computeAll(graph, gradient);
      for (const [i, name] of Object.keys(gradient).entries()) {
        const expected = finiteDifferences(scalar, name, graph.feeds);
        expectClose(results[i], expected, opCase.rounded ? 1e-6 : 1e-7, `${order} ${name}`);
      }
    }
  });
});
