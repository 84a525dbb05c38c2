import { portableLowerings } from "../../graph/onnx/portable.ts";
import type { Value } from "../../graph/value.ts";
import { type Candidate, MICROSOFT } from "./lowering.ts";

function isBatched(value: Value<"MatMul">): boolean {
  return value.inputs.some((i) => i.shape.length > 2);
}

/** Ways to multiply matrices. */
export const matmulCandidates: readonly Candidate<"MatMul">[] = [
  {
    name: "fused",
    supports: (value, { fusedMatMul }) =>
      fusedMatMul && isBatched(value) && (value.attrs.transA || value.attrs.transB),
    lower: () => (b, value, inputs) => {
      const { transA, transB } = value.attrs;
      return b.node(
        "FusedMatMul",
        inputs,
        { transA: transA ? 1 : 0, transB: transB ? 1 : 0 },
        MICROSOFT,
      );
    },
  },
  {
    name: "portable",
    supports: (value, { fusedMatMul }) => !fusedMatMul || !isBatched(value),
    lower: () => portableLowerings.MatMul,
  },
];
