import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { broadcastShapes, type Shape, sizeOf } from "../base/shape.ts";
import { hostTensor } from "../base/tensor.ts";
import { gradients } from "./gradients.ts";
import { interpret } from "./interpret.ts";
import * as ops from "./ops/index.ts";
import { eliminateCommonSubexpressions } from "./passes.ts";
import { makeValue, type OpAttrs, topologicalOrder, type Value } from "./value.ts";

type Operand = ops.Operand;
type Axes = readonly number[];
type Arithmetic = "Add" | "Sub" | "Mul" | "Max";

/** The operations of random programs. */
interface Builder {
  arithmetic(op: Arithmetic, a: Operand, b: Operand): Value;
  map(op: "Neg" | "Tanh", x: Value): Value;
  where(x: Value, threshold: number, a: Operand, b: Operand): Value;
  expand(x: Value, shape: Shape): Value;
  reshape(x: Value, shape: Shape): Value;
  transpose(x: Value, perm: Axes): Value;
  slice(x: Value, length: number): Value;
  pad(x: Value, before: Axes): Value;
  sum(x: Value, axis: number): Value;
}

/** As users call them: expansions are postponed, neutral operations dropped, chains shortened. */
const simplifying: Builder = {
  arithmetic: (op, a, b) =>
    ({ Add: ops.add, Sub: ops.sub, Mul: ops.mul, Max: ops.maximum })[op](a, b),
  map: (op, x) => ({ Neg: ops.neg, Tanh: ops.tanh })[op](x),
  where: (x, threshold, a, b) => ops.where(ops.greater(x, threshold), a, b),
  expand: ops.expand,
  reshape: ops.reshape,
  transpose: ops.transpose,
  slice: (x, length) => ops.slice(x, { axis: 0, end: length }),
  pad: (x, before) =>
    ops.pad(
      x,
      before,
      before.map(() => 0),
    ),
  sum: (x, axis) => ops.reduceSum(x, { axes: [axis], keepdims: true }),
};

const toValue = (x: Operand): Value => (typeof x === "number" ? ops.scalar(x) : x);

function broadcast(op: Arithmetic | "Greater" | "Where", ...inputs: Operand[]): Value {
  const values = inputs.map(toValue);
  const shape = broadcastShapes(op, ...values.map((v) => v.shape));
  return makeValue(op, values, {}, shape, op === "Greater" ? "bool" : "float32");
}

/** The same operations, each as one node whatever its inputs are. */
const literal: Builder = {
  arithmetic: broadcast,
  map: (op, x) => makeValue(op, [x], {}, x.shape, "float32"),
  where: (x, threshold, a, b) => broadcast("Where", broadcast("Greater", x, threshold), a, b),
  expand: (x, shape) => makeValue("Expand", [x], {}, shape, "float32"),
  reshape: (x, shape) => makeValue("Reshape", [x], {}, shape, "float32"),
  transpose: (x, perm) => {
    const shape = perm.map((axis) => x.shape[axis]!);
    return makeValue("Transpose", [x], { perm }, shape, "float32");
  },
  slice: (x, length) => {
    const attrs: OpAttrs["Slice"] = { starts: x.shape.map(() => 0), steps: x.shape.map(() => 1) };
    return makeValue("Slice", [x], attrs, [length, ...x.shape.slice(1)], "float32");
  },
  pad: (x, before) => {
    const shape = x.shape.map((d, axis) => d + before[axis]!);
    return makeValue("Pad", [x], { before, after: before.map(() => 0) }, shape, "float32");
  },
  sum: (x, axis) => {
    const shape = x.shape.map((d, i) => (i === axis ? 1 : d));
    return makeValue("ReduceSum", [x], { axes: [axis] }, shape, "float32");
  },
};

/** Builds a value from two earlier ones and a free number. */
type Step = (b: Builder, x: Value, y: Value, k: number) => Value;

const NUMBERS = [0, 1, -1, 0.5, 2];
const numberOf = (k: number): number => NUMBERS[k % NUMBERS.length]!;

function broadcasts(x: Value, y: Value): boolean {
  const lead = Math.max(x.shape.length, y.shape.length);
  const [a, b] = [x, y].map((v) => [...new Array(lead - v.shape.length).fill(1), ...v.shape]);
  return a!.every((d, i) => d === b![i] || d === 1 || b![i] === 1);
}

const arithmetic =
  (op: Arithmetic): Step =>
  (b, x, y, k) =>
    b.arithmetic(op, x, broadcasts(x, y) ? y : numberOf(k));

const STEPS: Readonly<Record<string, Step>> = {
  add: arithmetic("Add"),
  sub: arithmetic("Sub"),
  mul: arithmetic("Mul"),
  max: arithmetic("Max"),
  addNumber: (b, x, _, k) => b.arithmetic("Add", numberOf(k), x),
  subNumber: (b, x, _, k) => b.arithmetic("Sub", x, numberOf(k)),
  mulByNumber: (b, x, _, k) => b.arithmetic("Mul", x, numberOf(k)),
  mulByOnes: (b, x, _, k) => {
    const ones = b.expand(ops.scalar(1), k % 2 === 0 ? x.shape : [2, ...x.shape]);
    return k % 4 < 2 ? b.arithmetic("Mul", x, ones) : b.arithmetic("Mul", ones, x);
  },
  mulOfExpanded: (b, x, _, k) => {
    const shape = [2, ...x.shape];
    return b.arithmetic("Mul", b.expand(x, shape), b.expand(b.arithmetic("Add", x, k), shape));
  },
  neg: (b, x) => b.map("Neg", x),
  tanh: (b, x) => b.map("Tanh", x),
  where: (b, x, y, k) => b.where(x, 0.25, broadcasts(x, y) ? y : numberOf(k), numberOf(k + 1)),
  whereNot: (b, x, y, k) => b.where(x, -0.25, numberOf(k), broadcasts(x, y) ? y : x),
  whereOfExpanded: (b, x, _, k) => {
    const shape = [2, ...x.shape];
    return b.where(x, 0.25, b.expand(x, shape), b.expand(b.arithmetic("Add", x, k), shape));
  },
  expand: (b, x, _, k) =>
    b.expand(x, k % 2 === 0 ? [2, ...x.shape] : x.shape.map((d) => (d === 1 ? 3 : d))),
  reshape: (b, x, _, k) => {
    const size = sizeOf(x.shape);
    const flat = x.shape.filter((d) => d !== 1);
    const half = size % 2 === 0 ? [2, size / 2] : [size];
    return b.reshape(x, [[size], [1, ...x.shape], [...x.shape, 1], flat, half][k % 5]!);
  },
  transpose: (b, x, _, k) => {
    const axes = [...x.shape.keys()];
    return b.transpose(x, k % 2 === 0 ? axes.reverse() : [...axes.slice(1), ...axes.slice(0, 1)]);
  },
  slice: (b, x, _, k) =>
    x.shape.length === 0 ? x : b.slice(x, k % 2 === 0 ? x.shape[0]! : Math.ceil(x.shape[0]! / 2)),
  pad: (b, x, _, k) =>
    b.pad(
      x,
      x.shape.map((_, axis) => (axis === 0 ? k % 2 : 0)),
    ),
  sum: (b, x, _, k) => (x.shape.length === 0 ? x : b.sum(x, k % x.shape.length)),
};

const INPUT_SHAPES: Readonly<Record<string, Shape>> = {
  matrix: [2, 3],
  row: [3],
  column: [2, 1],
  one: [1],
  scalar: [],
};
const LARGEST = 72;

const program = fc.array(
  fc.record({
    step: fc.constantFrom(...Object.keys(STEPS)),
    i: fc.nat(99),
    j: fc.nat(99),
    k: fc.nat(9),
  }),
  { minLength: 1, maxLength: 12 },
);
type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

const feedsArbitrary = fc
  .array(fc.integer({ min: -8, max: 8 }), { minLength: 13, maxLength: 13 })
  .map((eighths) => {
    let start = 0;
    const tensors = Object.entries(INPUT_SHAPES).map(([name, shape]) => {
      const data = Float32Array.from(eighths.slice(start, start + sizeOf(shape)), (v) => v / 4);
      start += data.length;
      return [name, hostTensor("float32", shape, data)] as const;
    });
    return Object.fromEntries(tensors);
  });

/** Runs a program: a list of values that begins with the inputs. Steps whose result would be large are left out. */
function build(steps: Program, builder: Builder): Value[] {
  const pool = Object.entries(INPUT_SHAPES).map(([name, shape]) => ops.input(name, shape));
  for (const { step, i, j, k } of steps) {
    // Late values are picked more often, so that programs grow deep.
    const pick = (n: number): Value => pool.at(-1 - (n % Math.min(pool.length, 4 + (n % 7))))!;
    const value = STEPS[step]!(builder, pick(i), pick(j), k);
    if (sizeOf(value.shape) <= LARGEST) pool.push(value);
  }
  return pool;
}

/** Inputs and what was built last, whose sum has a gradient by every input. */
function lossGradients(pool: readonly Value[]): Value[] {
  const inputs = pool.slice(0, Object.keys(INPUT_SHAPES).length);
  const loss = pool.slice(-3).reduce((sum, v) => ops.add(sum, ops.reduceSum(v)), ops.scalar(0));
  return gradients(loss, inputs);
}

function numbersOf(values: readonly Value[], feeds: Parameters<typeof interpret>[1]): number[][] {
  // Adding 0 makes 0 of -0.
  return interpret(values, feeds).map((t) => Array.from(t.data, Number).map((v) => v + 0));
}

describe("simplifications", () => {
  it("keep shapes and values", () => {
    fc.assert(
      fc.property(program, feedsArbitrary, (steps, feeds) => {
        const simple = build(steps, simplifying);
        const plain = build(steps, literal);
        expect(simple.map((v) => v.shape)).toEqual(plain.map((v) => v.shape));
        expect(numbersOf(simple, feeds)).toEqual(numbersOf(plain, feeds));
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  it("keep gradients", () => {
    fc.assert(
      fc.property(program, feedsArbitrary, (steps, feeds) => {
        const expected = numbersOf(lossGradients(build(steps, literal)), feeds).flat();
        const scale = Math.max(1, ...expected.map(Math.abs));
        fc.pre(scale < 1e6);
        const actual = numbersOf(lossGradients(build(steps, simplifying)), feeds).flat();
        expect(actual.length).toBe(expected.length);
        for (const [i, v] of actual.entries()) {
          expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-9 * scale);
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("make graphs smaller", () => {
    const x = ops.input("x", [4, 3]);
    const y = ops.transpose(ops.transpose(ops.reshape(ops.reshape(x, [12]), [3, 4])));
    const z = ops.mul(ops.add(ops.expand(ops.scalar(2), [3, 4]), y), ops.ones([3, 4]));
    expect(topologicalOrder([z]).map((v) => v.op)).toEqual(["Input", "Reshape", "Constant", "Add"]);
  });
});

describe("common-subexpression elimination", () => {
  it("merges a program with its repetition and keeps every value", () => {
    fc.assert(
      fc.property(program, feedsArbitrary, (steps, feeds) => {
        const [first, second] = [0, 1].map(() => {
          const pool = build(steps, literal);
          return [...pool, ...lossGradients(pool)];
        }) as [Value[], Value[]];
        const before = [...first, ...second];
        const after = eliminateCommonSubexpressions(before);

        expect(first.every((_, i) => after[i] === after[first.length + i])).toBe(true);
        expect(new Set(after).size).toBeLessThanOrEqual(first.length);
        const size = topologicalOrder(after).length;
        expect(size).toBeLessThanOrEqual(topologicalOrder(first).length);
        expect(numbersOf(after, feeds)).toEqual(numbersOf(before, feeds));

        const again = eliminateCommonSubexpressions(after);
        expect(again.every((v, i) => v === after[i])).toBe(true);
      }),
      { numRuns: 200, seed: 3 },
    );
  });
});
