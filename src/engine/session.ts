import type { ort } from "#platform";
import { MICROSOFT, NCHWC } from "./lowerings/lowering.ts";
import type { Target } from "./target.ts";

/** How sessions are made. */
export interface SessionOptions {
  readonly target: Target;
  /**
   * Keep freed memory for the next tensor. Faster where tensors are larger than what the allocator keeps by itself, at the
   * price of a higher peak.
   */
  readonly arena: boolean;
}

/** Operator domains that the lowerings of a target may use. */
export function domainsOf(target: Target): string[] {
  return [...(target.fusedMatMul ? [MICROSOFT] : []), ...(target.channelBlock > 0 ? [NCHWC] : [])];
}

/** Options of ONNX Runtime for a session. */
export function sessionOptions({
  target,
  arena,
}: SessionOptions): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [target.provider],
    intraOpNumThreads: target.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: arena,
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}
