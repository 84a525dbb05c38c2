/** @file What differs between Node and the browser: which ONNX Runtime, its threads, and the name of the machine. */

/**
 * Both builds hold WebAssembly and WebGPU. The one that waits by promise integration (JSPI) is two thirds of the size of the one
 * whose code was rewritten to wait (asyncify), and starts in half the time; browsers without JSPI get the other.
 */
export const ort = await ("Suspending" in WebAssembly
  ? import("onnxruntime-web/jspi")
  : import("onnxruntime-web/webgpu"));

/** Provider used when none is asked for. */
export const DEFAULT_PROVIDER = "wasm";

/** Whether a run writes into CPU tensors that it is given for its outputs: results are always copied out of WebAssembly's memory. */
export const FILLS_OUTPUTS = false;

/**
 * Threads of one operation, for the whole page and before its first session. More than one needs shared memory, which browsers
 * give only to cross-origin isolated pages (headers `Cross-Origin-Opener-Policy: same-origin` and
 * `Cross-Origin-Embedder-Policy: require-corp`); other pages compute on one thread.
 */
export function setThreads(threads: number): void {
  ort.env.wasm.numThreads = crossOriginIsolated ? threads : 1;
}

/** Measured choices hold on machines of this name. */
export const MACHINE = `browser ${navigator.hardwareConcurrency}`;
