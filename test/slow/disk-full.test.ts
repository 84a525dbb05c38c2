import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CheckpointError } from "../../src/base/errors.ts";
import type { TrainEvent } from "../../src/base/events.ts";
import { checkpointFiles } from "../../src/train/checkpoint.node.ts";
import { startTraining } from "../../src/train/host.node.ts";
import type { TrainingRequest } from "../../src/train/messages.ts";
import { discPictures } from "../support/pictures.ts";

const OPTIONS = {
  resolution: 16,
  kimg: 0.64,
  batch: 16,
  microBatch: 8,
  widths: [16, 16, 16],
  threads: 1,
  tickSeconds: 0.1,
  checkpointSeconds: 0.3,
};

const disk = mkdtempSync(join(tmpdir(), "ganbox-disk-"));

/** A disk of 16 MB; only root on Linux can make one. */
function mounted(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const available = process.platform === "linux" && mounted();
let source = "";
beforeAll(async () => {
  process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
  source = await discPictures(40);
});
afterAll(() => {
  if (available) execFileSync("umount", [disk]);
});

async function train(
  request: TrainingRequest,
  onEvent: (event: TrainEvent) => void = () => undefined,
): Promise<string> {
  let run = "";
  for await (const event of startTraining(request)) {
    if (event.type === "start") ({ run } = event);
    onEvent(event);
  }
  return run;
}

function tensorsOf(run: string): Buffer {
  const bytes = readFileSync(checkpointFiles(join(run, "checkpoints"))[0] as string);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}

it.runIf(available)(
  "stops with a clear error when the disk is full, and goes on to the same bits when there is room",
  { timeout: 300_000 },
  async () => {
    const filler = join(disk, "filler");
    let run = "";
    const full = train({ source, options: OPTIONS, runs: disk }, (event) => {
      if (event.type === "start") ({ run } = event);
      if (event.type !== "tick" || event.kimg === 0) return;
      const { bavail, bsize } = statfsSync(disk);
      try {
        writeFileSync(filler, new Uint8Array(bavail * bsize));
      } catch {
        // The run took the last block in the meantime: the disk is as full as it should be.
      }
    });
    await expect(full).rejects.toThrow(CheckpointError);
    await expect(full).rejects.toThrow(/the disk is full\)\. Free space .* `ganbox resume`/);
    rmSync(filler);
    await train({ resume: run });
    const unbroken = await train({
      source,
      options: OPTIONS,
      runs: mkdtempSync(join(tmpdir(), "ganbox-runs-")),
    });
    expect(tensorsOf(run).equals(tensorsOf(unbroken))).toBe(true);
  },
);
