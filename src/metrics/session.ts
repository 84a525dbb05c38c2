import { ort } from "#platform";

/**
 * A session of ONNX Runtime on the CPU that keeps no memory between runs, for its inputs have many sizes. Its threads do not spin while they wait: beside
 * a training that would take half as long again.
 */
export async function createSession(bytes: Uint8Array): Promise<ort.InferenceSession> {
  return await ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: "all",
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: "0" } } },
  });
}
