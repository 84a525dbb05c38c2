import type { OpName, Value } from "../../graph/value.ts";
import type { Target } from "../target.ts";
import { convCandidates, convInputGradCandidates } from "./conv.ts";
import { convWeightGradCandidates } from "./conv-weight-grad.ts";
import type { Candidate } from "./lowering.ts";
import { matmulCandidates } from "./matmul.ts";
import { downsampleCandidates, upsampleCandidates } from "./resample.ts";
import { webgpuRepair } from "./webgpu.ts";

type Table = { readonly [K in OpName]?: readonly Candidate<K>[] };

const CANDIDATES: Table = {
  Conv: convCandidates,
  ConvInputGrad: convInputGradCandidates,
  ConvWeightGrad: convWeightGradCandidates,
  Downsample: downsampleCandidates,
  MatMul: matmulCandidates,
  Upsample: upsampleCandidates,
};

/** The way to write `value` where the target gets the portable one wrong, otherwise undefined. */
export function repairOf(value: Value, target: Target): Candidate<OpName> | undefined {
  return target.provider === "webgpu" ? webgpuRepair(value) : undefined;
}

/** The ways to write `value` that the target can run; none when only the portable one exists. */
export function candidatesOf(value: Value, target: Target): readonly Candidate<OpName>[] {
  const repair = repairOf(value, target);
  if (repair !== undefined) return [repair];
  const all = (CANDIDATES[value.op] ?? []) as readonly Candidate<OpName>[];
  return all.filter((candidate) => candidate.supports(value, target));
}
