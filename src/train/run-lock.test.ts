import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LockedError } from "../base/errors.ts";
import { RunLock, trainerOf } from "./run-lock.node.ts";

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "ganbox-run-lock-"));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

const now = (agoMs = 0): string => new Date(Date.now() - agoMs).toISOString();
const lockOf = (holder: object): void =>
  writeFileSync(
    join(run, "run.lock"),
    JSON.stringify({ host: hostname(), time: now(), ...holder }),
  );

/** A process id that no process has: one that has just ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  return child.pid as number;
}

describe("RunLock", () => {
  it("is held by one at a time, and leaves nothing behind", () => {
    const lock = RunLock.take(run);
    expect(lock.warning).toBeUndefined();
    expect(trainerOf(run)?.pid).toBe(process.pid);
    expect(() => RunLock.take(run)).toThrow(LockedError);
    expect(() => RunLock.take(run)).toThrow(
      new RegExp(`being trained by process ${process.pid} on ${hostname()}.*Stop that process`),
    );
    lock.release();
    expect(trainerOf(run)).toBeUndefined();
    expect(readdirSync(run)).toEqual([]);
  });

  it("is taken over from a process that is gone, with a warning", async () => {
    const pid = await endedPid();
    lockOf({ pid, heartbeat: now(5000) });
    expect(trainerOf(run)).toBeUndefined();
    const lock = RunLock.take(run);
    expect(lock.warning).toContain(`left by process ${pid} on ${hostname()}`);
    lock.check();
    lock.release();
  });

  it("believes another machine while it gives signs of life", () => {
    lockOf({ pid: 1, host: "another-machine", time: now(9e7), heartbeat: now(1000) });
    expect(() => RunLock.take(run)).toThrow("process 1 on another-machine");
    lockOf({ pid: 1, host: "another-machine", time: now(9e7), heartbeat: now(3_600_000) });
    expect(RunLock.take(run).warning).toContain("another-machine");
  });

  it("does not take a number that another process has by now for the trainer", () => {
    lockOf({ pid: process.pid, time: now(9e7), heartbeat: now(8e7) });
    expect(trainerOf(run)).toBeUndefined();
  });

  it("notices that it was taken over, and leaves the new one alone", () => {
    const lock = RunLock.take(run);
    lockOf({ pid: process.pid, time: now(-1000) });
    expect(() => lock.check()).toThrow(LockedError);
    lock.release();
    expect(readFileSync(join(run, "run.lock"), "utf8")).toContain(String(process.pid));
  });
});
