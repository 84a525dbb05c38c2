/** @file What differs between Node and the browser: which ONNX Runtime, and the name of the machine. */
import * as ort from "onnxruntime-web/webgpu";

export { ort };

/** Provider used when none is asked for. */
export const DEFAULT_PROVIDER = "wasm";

/** Measured choices hold on machines of this name. */
export const MACHINE = `browser ${navigator.hardwareConcurrency}`;
