/** @file The process that measures snapshots, beside the training and below it in priority, or after it. It ends with the training. */
import { readFileSync } from "node:fs";
import { constants, getPriority, setPriority } from "node:os";
import type { FromEvaluator, ToEvaluator } from "./messages.ts";
import { QuickMeter } from "./quick-metric.node.ts";
import { RunFolder } from "./run-folder.node.ts";

// The terminal sends Ctrl-C to all processes; the first decides what it means.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());

/** Pictures between reports of progress. */
const REPORT = 20;

let meter: Promise<QuickMeter> | undefined;

function send(message: FromEvaluator): void {
  if (process.connected) process.send?.(message);
}

/** Gives way to the training. ONNX Runtime's threads, which are made later, inherit it. */
function giveWay(): void {
  const { PRIORITY_BELOW_NORMAL, PRIORITY_LOW } = constants.priority;
  try {
    setPriority(Math.min(getPriority() + PRIORITY_BELOW_NORMAL, PRIORITY_LOW));
  } catch {
    // A system that does not allow it: the measurement is only less polite.
  }
}

async function measure({ run, path, beside }: ToEvaluator): Promise<void> {
  const before = process.cpuUsage();
  if (meter === undefined && beside) giveWay();
  meter ??= QuickMeter.open(RunFolder.open(run), (stage, done, total) => {
    if (done % REPORT === 0 || done === total)
      send({ type: "event", event: { type: "prepare", stage, done, total } });
  });
  const metric = await (await meter).measure(readFileSync(path), path);
  const { user, system } = process.cpuUsage(before);
  send({ type: "metric", metric, cpuSeconds: (user + system) / 1e6 });
}

process.on("message", (message: ToEvaluator) => {
  measure(message).catch((error: Error) => send({ type: "error", message: error.message }));
});
