import type { Lowering } from "../../graph/onnx/portable.ts";
import type { OpName, Value } from "../../graph/value.ts";
import type { Target } from "../target.ts";

/** One of several equivalent ways to write an operation as ONNX nodes. */
export interface Candidate<K extends OpName> {
  /** Name in the record of a run; stable. */
  readonly name: string;
  readonly supports: (value: Value<K>, target: Target) => boolean;
  readonly lower: (target: Target) => Lowering<K>;
}

/** Domain of ONNX Runtime's own operations. */
export const MICROSOFT = "com.microsoft";

/** Domain of ONNX Runtime's blocked convolution. Internal: CPU only, never in an exported file. */
export const NCHWC = "com.microsoft.nchwc";
