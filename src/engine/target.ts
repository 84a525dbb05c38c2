/** What a graph is lowered for. */
export interface Target {
  /** ONNX Runtime's execution provider. */
  readonly provider: "cpu" | "cuda" | "dml" | "coreml" | "webgpu" | "wasm";
  readonly threads: number;
  /** Channels in one block of ONNX Runtime's internal blocked convolution, or 0 where it does not exist. */
  readonly channelBlock: number;
  /** Whether `com.microsoft` `FusedMatMul` exists. */
  readonly fusedMatMul: boolean;
}
