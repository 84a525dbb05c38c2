/** @file What differs between Node and the browser: which ONNX Runtime, and the name of the machine. */
import { cpus } from "node:os";
import * as ort from "onnxruntime-node";

export { ort };

/** Provider used when none is asked for. */
export const DEFAULT_PROVIDER = "cpu";

/** Whether a run writes into CPU tensors that it is given for its outputs. */
export const FILLS_OUTPUTS = true;

/** Threads of one operation: here every session has its own. */
export function setThreads(_threads: number): void {}

/** Measured choices hold on machines of this name. */
export const MACHINE = `${process.platform}-${process.arch} ${cpus()[0]?.model ?? "unknown"}`;
