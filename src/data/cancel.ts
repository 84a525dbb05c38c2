import { CancelledError } from "../base/errors.ts";

/** @throws {CancelledError} if the work was called off. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new CancelledError("openDataset: stopped on request.", { cause: signal.reason });
}
