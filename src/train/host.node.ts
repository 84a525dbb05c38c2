import type { ChildProcess } from "node:child_process";
import * as errors from "../base/errors.ts";
import type { PrepareEvent, TrainEvent } from "../base/events.ts";
import { forkModule } from "./fork.node.ts";
import type { FromWorker, ToWorker, TrainingPlan, TrainingRequest } from "./messages.ts";
import type { TrainOptions } from "./options.ts";

/** A training that runs in a process of its own. Iterating gives its events; errors of the training are thrown there. */
export interface TrainingHandle extends AsyncIterable<TrainEvent> {
  /** Finishes the step, writes a checkpoint and ends with a `done` event. */
  stop(): void;
  /** Ends at once; what was done since the last checkpoint is lost. */
  kill(): void;
}

/** Sends a message; one to a worker that has just ended is of no use to anybody, so that is no error. */
function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}

function rebuild({ name, code, message, stack }: Extract<FromWorker, { type: "error" }>): Error {
  const known = (errors as Record<string, unknown>)[name];
  const error =
    code !== undefined && typeof known === "function"
      ? new (known as new (message: string) => Error)(message)
      : new Error(message);
  error.stack = stack;
  return error;
}

/** Messages of a worker as an iterable that ends when the worker does. */
async function* messagesOf(
  child: ChildProcess,
  first: ToWorker,
): AsyncGenerator<Exclude<FromWorker, { type: "error" } | { type: "end" }>> {
  const queue: FromWorker[] = [];
  let wake = (): void => undefined;
  let gone: string | undefined;
  let ended = false;
  child.on("message", (message: FromWorker) => {
    queue.push(message);
    wake();
  });
  child.on("exit", (code, signal) => {
    gone = signal ?? `code ${code}`;
    wake();
  });
  tell(child, first);
  try {
    for (;;) {
      const message = queue.shift();
      if (message === undefined) {
        if (gone !== undefined)
          throw new errors.CancelledError(
            `training: the process ended (${gone}) before it was done. Continue with \`ganbox resume\`.`,
          );
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      ended = message.type === "error" || message.type === "end";
      if (message.type === "error") throw rebuild(message);
      if (message.type === "end") return;
      yield message;
    }
  } finally {
    // A caller that stops listening stops the training as well, with a checkpoint.
    if (!ended && gone === undefined) tell(child, { type: "stop" });
  }
}

/** Starts or resumes a training. */
export function startTraining(request: TrainingRequest): TrainingHandle {
  const child = forkModule("worker.node");
  const messages = messagesOf(child, { type: "train", request });
  return {
    async *[Symbol.asyncIterator]() {
      for await (const message of messages) if (message.type === "event") yield message.event;
    },
    stop: () => tell(child, { type: "stop" }),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Measures what a training would cost, in a process of its own, by taking a few steps. */
export async function planTraining(
  source: string,
  options: TrainOptions,
  onEvent?: (event: PrepareEvent) => void,
): Promise<TrainingPlan> {
  const child = forkModule("worker.node");
  let plan: TrainingPlan | undefined;
  for await (const message of messagesOf(child, { type: "plan", source, options })) {
    if (message.type === "plan") plan = message.plan;
    else if (message.event.type === "prepare") onEvent?.(message.event);
  }
  errors.invariant(plan !== undefined, "the training process ended without a plan");
  return plan;
}
