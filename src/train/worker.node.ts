/** @file The training process. `session.run()` blocks its thread for a whole step, so it lives apart from everything else. */
import { GanboxError } from "../base/errors.ts";
import { Loop } from "./loop.node.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { measurePlan } from "./plan-measure.node.ts";
import { resumeSession, startSession } from "./session.node.ts";

let stopping = false;

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}

// The terminal sends Ctrl-C to both processes; only the parent decides what it means.
process.on("SIGINT", () => undefined);
// A system that shuts down tells every process: time for a checkpoint.
process.on("SIGTERM", () => {
  stopping = true;
});
// A parent that is gone cannot say stop: finish cleanly.
process.on("disconnect", () => {
  stopping = true;
});

async function work(message: Exclude<ToWorker, { type: "stop" }>): Promise<void> {
  const emit = (event: Extract<FromWorker, { type: "event" }>["event"]): void =>
    send({ type: "event", event });
  if (message.type === "plan") {
    send({ type: "plan", plan: await measurePlan(message.source, message.options, emit) });
    return;
  }
  const { request } = message;
  const session =
    "resume" in request
      ? await resumeSession(request.resume, emit)
      : await startSession(request.source, request.options, request.runs, emit);
  await new Loop(session, emit).run(() => stopping).finally(() => session.lock.release());
}

process.on("message", (message: ToWorker) => {
  if (message.type === "stop") {
    stopping = true;
    return;
  }
  work(message)
    .then(() => send({ type: "end" }))
    .catch((error: unknown) => {
      const { name, message: text, stack = "" } = error as Error;
      send({
        type: "error",
        name,
        code: error instanceof GanboxError ? error.code : undefined,
        message: text,
        stack,
      });
    })
    .finally(() => process.disconnect?.());
});
