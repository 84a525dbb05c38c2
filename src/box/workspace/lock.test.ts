import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ganbox-lock-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const lockOf = (pid: number, host = hostname(), time = new Date().toISOString()): void =>
  writeFileSync(join(root, "ganbox.lock"), JSON.stringify({ pid, host, time }));

/** A process id that no process has: one that has just ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.on("exit", resolve));
  return child.pid as number;
}

describe("withLock", () => {
  it("frees the lock after work, also after work that failed", async () => {
    expect(await withLock(root, () => existsSync(join(root, "ganbox.lock")))).toBe(true);
    await expect(
      withLock(root, () => {
        throw new Error("failed");
      }),
    ).rejects.toThrow("failed");
    expect(readdirSync(root)).toEqual([]);
  });

  it("names the process that holds it, and changes nothing", async () => {
    lockOf(process.pid);
    const text = readFileSync(join(root, "ganbox.lock"), "utf8");
    const late = withLock(root, () => "worked", 60);
    await expect(late).rejects.toMatchObject({ code: "E_LOCKED" });
    await expect(late).rejects.toThrow(`process ${process.pid} on ${hostname()}`);
    expect(readFileSync(join(root, "ganbox.lock"), "utf8")).toBe(text);
  });

  it("removes what a process left behind that is gone", async () => {
    lockOf(await endedPid());
    expect(await withLock(root, () => "worked", 60)).toBe("worked");
    lockOf(1, "another-machine", new Date(Date.now() - 3_600_000).toISOString());
    expect(await withLock(root, () => "worked", 60)).toBe("worked");
    lockOf(1, "another-machine");
    await expect(withLock(root, () => "worked", 60)).rejects.toThrow("another-machine");
  });

  it("lets processes take turns: no change is lost", async () => {
    const module = fileURLToPath(new URL("./lock.ts", import.meta.url));
    const script = `
      import { readFileSync, writeFileSync } from "node:fs";
      import { withLock } from ${JSON.stringify(module)};
      for (let i = 0; i < 10; i++) await withLock(${JSON.stringify(root)}, async () => {
        const count = Number(readFileSync("count", "utf8"));
        await new Promise((resolve) => setTimeout(resolve, 2));
        writeFileSync("count", String(count + 1));
      }, 60000);`;
    writeFileSync(join(root, "count"), "0");
    writeFileSync(join(root, "work.mts"), script);
    const tsx = import.meta.resolve("tsx");
    const codes = await Promise.all(
      [1, 2].map(async () => {
        const args = ["--conditions=@ganbox/source", "--import", tsx, join(root, "work.mts")];
        const child = spawn(process.execPath, args, { cwd: root, stdio: "inherit" });
        return await new Promise((resolve) => child.on("exit", resolve));
      }),
    );
    expect(codes).toEqual([0, 0]);
    expect(readFileSync(join(root, "count"), "utf8")).toBe("20");
  });
});
