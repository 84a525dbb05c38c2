/** Writes `docs/ops.md` from the rules and the op cases: `npx tsx scripts/ops-table.ts`. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { buildCase, type OpCase } from "../src/graph/op-case.ts";
import { OP_CASES } from "../src/graph/op-cases.ts";
import * as ops from "../src/graph/ops/index.ts";
import { type VjpContext, type VjpRule, vjpRules } from "../src/graph/rules.ts";
import { type OpName, topologicalOrder, type Value } from "../src/graph/value.ts";

/** Where the table is kept. */
export const OPS_TABLE_PATH: string = resolve(import.meta.dirname, "../docs/ops.md");

const same = "[…] to […]";
const broadcast = "[…], […] broadcast to […]";
const reduced = "[…] to the same rank, 1 along `axes`";

/** How the shape of a result follows from those of the inputs. */
const SHAPE_RULES: { readonly [K in OpName]: string } = {
  Input: "as declared",
  Constant: "as its tensor",
  StopGradient: same,
  Cast: same,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Reciprocal: same,
  Sin: same,
  Cos: same,
  Tanh: same,
  Sigmoid: same,
  Softplus: same,
  Erf: same,
  Abs: same,
  Sign: same,
  Floor: same,
  LeakyRelu: same,
  LeakyReluMask: same,
  Clip: same,
  Not: same,
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Pow: broadcast,
  Min: broadcast,
  Max: broadcast,
  Greater: broadcast,
  GreaterOrEqual: broadcast,
  Less: broadcast,
  LessOrEqual: broadcast,
  Equal: broadcast,
  And: broadcast,
  Or: broadcast,
  Where: "condition, […], […] broadcast to […]",
  ReduceSum: reduced,
  ReduceMax: reduced,
  Softmax: same,
  Reshape: "[…] to any shape with as many elements",
  Expand: "[…] to any shape that it broadcasts to",
  Transpose: "[…] to the axes in the order `perm`",
  Slice: "[…] to the number of positions on each axis",
  Pad: "[…] to `before + size + after` on each axis",
  Concat: "[…], … equal but for `axis` to their sum along it",
  Gather: "[R, …], [I…] to [I…, …]",
  ScatterAdd: "[I…, …], [I…] to [R, …]",
  MatMul: "[…, m, k], […, k, n] to […, m, n], leading axes broadcast",
  Conv: "[N, C, H, W], [O, C / group, kh, kw] to [N, O, h, w]",
  ConvInputGrad: "[N, O, h, w], [O, C / group, kh, kw] to [N, C, H, W]",
  ConvWeightGrad: "[N, C, H, W], [N, O, h, w] to [O, C / group, kh, kw]",
  Downsample: "[N, C, H, W] to [N, C, H / factor, W / factor]",
  Upsample: "[N, C, H, W] to [N, C, factor H, factor W]",
};

/** A case and the operations of its result, before any gradient. */
interface Usage {
  readonly opCase: OpCase;
  readonly y: Value;
  readonly values: readonly Value[];
}

/** Whether the gradient rule lets a gradient through one use of an operation. */
function passesGradient(value: Value): boolean {
  if (value.dtype !== "float32") return false;
  const rule = vjpRules[value.op] as VjpRule<OpName>;
  const x = value.inputs as unknown as VjpContext<OpName>["x"];
  const dy = ops.ones(value.shape);
  return rule({ x, inputs: value.inputs, y: value, dy, attrs: value.attrs }).some(
    (f) => f !== null,
  );
}

function opRow(op: OpName, usages: readonly Usage[]): string {
  const using = usages.filter(({ values }) => values.some((v) => v.op === op));
  const differentiable = using.filter(({ values }) =>
    values.some((v) => v.op === op && passesGradient(v)),
  );
  const tested = differentiable.some(({ opCase, y }) => opCase.smooth && y.dtype === "float32");
  const mark = differentiable.length === 0 ? "none flows" : tested ? "tested" : "untested";
  return `| ${op} | ${SHAPE_RULES[op]} | ${mark} | ${mark} | ${using.length} |`;
}

/** Cases often square a function's result, so that its second derivative is not zero. */
function withoutSquare(name: string, y: Value): Value {
  const [a, b] = y.inputs;
  return name !== "square" && y.op === "Mul" && a !== undefined && a === b ? a : y;
}

function compositeRows(usages: readonly Usage[]): string[] {
  const rows = new Map<string, string>();
  for (const { opCase, y } of usages) {
    const name = opCase.name.split(" ")[0] ?? "";
    if (!(name in ops) || rows.has(name)) continue;
    const values = topologicalOrder([withoutSquare(name, y)]);
    const parts = new Set(values.map((v) => v.op).filter((op) => op !== "Input"));
    rows.set(name, `| ${name} | ${[...parts].join(", ")} |`);
  }
  return [...rows.values()];
}

/** The text of `docs/ops.md`. */
export function opsTable(): string {
  const usages = OP_CASES.map((opCase) => {
    const { y } = buildCase(opCase);
    return { opCase, y, values: topologicalOrder([y]) };
  });
  const names = Object.keys(vjpRules) as OpName[];
  return [
    "# Operations of a graph",
    "",
    "Made by `npx tsx scripts/ops-table.ts` from the rule table (`src/graph/rules.ts`) and the op cases",
    "(`src/graph/op-cases.ts`); a test fails when it is out of date.",
    "",
    "“Tested” gradients agree with central finite differences in float64 to 1e-7 of their largest element and with PyTorch to",
    "1e-11 (1e-6 and 2e-7 where the graph holds a constant that float32 rounds). The second order is the gradient of a weighted sum of",
    "first-order gradients, by the inputs and by the cotangent. “None flows” marks sources, steps, integers and booleans.",
    "",
    "| operation | shapes | 1st order | 2nd order | cases |",
    "| --- | --- | --- | --- | --- |",
    ...names.map((op) => opRow(op, usages)),
    "",
    "## Composite functions",
    "",
    "Made of the operations above, so their gradients follow; each has cases of its own.",
    "",
    "| function | operations in its first case |",
    "| --- | --- |",
    ...compositeRows(usages),
    "",
  ].join("\n");
}

if (resolve(process.argv[1] ?? "") === import.meta.filename) {
  writeFileSync(OPS_TABLE_PATH, opsTable());
}
