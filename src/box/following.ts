import type { TrainEvent } from "../base/events.ts";
import type { TrainingRequest } from "../train/messages.ts";

/** How a training is watched. */
export interface TrainControl {
  /** Aborting finishes the step, writes a checkpoint and ends with a `done` event that says `complete: false`. */
  readonly signal?: AbortSignal;
}

/**
 * Trains in a process of its own and tells what happens. Leaving the loop early ends the run like `signal` does.
 *
 * @param note Is told of each event before the caller, and of those after the caller has left.
 */
export async function* followTraining(
  request: TrainingRequest,
  { signal }: TrainControl,
  note: (event: TrainEvent) => void | Promise<void>,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { startTraining } = await import("../train/host.node.ts");
  const handle = startTraining(request);
  const events = handle[Symbol.asyncIterator]();
  const stop = (): void => handle.stop();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  let ended = false;
  try {
    for (;;) {
      const next = await events.next().catch((error: unknown) => {
        ended = true;
        throw error;
      });
      ended = next.done === true;
      if (next.done) return;
      await note(next.value);
      yield next.value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    if (!ended) stop();
    while (!ended) {
      const next = await events.next();
      ended = next.done === true;
      if (!next.done) await note(next.value);
    }
  }
}
