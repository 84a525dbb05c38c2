import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { CancelledError } from "../../src/base/errors.ts";
import { Random } from "../../src/base/random.ts";
import { checkpointFiles } from "../../src/train/checkpoint.node.ts";
import { startTraining } from "../../src/train/host.node.ts";
import type { TrainingRequest } from "../../src/train/messages.ts";
import { discPictures } from "../support/pictures.ts";

const OPTIONS = {
  resolution: 16,
  kimg: 0.96,
  batch: 16,
  microBatch: 8,
  widths: [16, 16, 16],
  threads: 1,
  seed: 5,
  tickSeconds: 0.1,
  checkpointSeconds: 0.05,
};
const KILLS = 8;

let source = "";
const runs = mkdtempSync(join(tmpdir(), "ganbox-kill-"));
beforeAll(async () => {
  process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
  source = await discPictures(40);
});

/** Trains until the end, or until `afterMs` of training, when the process is killed with SIGKILL. */
async function trainUntilKilled(
  request: TrainingRequest,
  afterMs: number,
): Promise<{ run: string; killed: boolean }> {
  const handle = startTraining(request);
  let run = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const event of handle) {
      if (event.type !== "start") continue;
      ({ run } = event);
      if (Number.isFinite(afterMs)) timer = setTimeout(() => handle.kill(), afterMs);
    }
    return { run, killed: false };
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    return { run, killed: true };
  } finally {
    clearTimeout(timer);
  }
}

it(`survives SIGKILL at ${KILLS} random moments with the same bits as a run that was never stopped`, {
  timeout: 600_000,
}, async () => {
  const unbroken = await trainUntilKilled(
    { source, options: OPTIONS, runs },
    Number.POSITIVE_INFINITY,
  );
  const random = new Random(Date.now());
  let broken = await trainUntilKilled({ source, options: OPTIONS, runs }, 400);
  let kills = 0;
  for (; kills < KILLS; kills++) {
    const next = await trainUntilKilled({ resume: broken.run }, 30 + random.uniform() * 700);
    broken = { run: broken.run, killed: next.killed };
    if (!next.killed) break;
  }
  if (broken.killed) await trainUntilKilled({ resume: broken.run }, Number.POSITIVE_INFINITY);
  expect(kills).toBeGreaterThan(1);
  const newest = (run: string): Buffer =>
    readFileSync(checkpointFiles(join(run, "checkpoints"))[0] as string);
  const tensors = (bytes: Buffer): Buffer => bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
  expect(tensors(newest(broken.run)).equals(tensors(newest(unbroken.run)))).toBe(true);
});
