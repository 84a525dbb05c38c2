import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TINY_TRAINING, writePictures } from "./cli-pictures.ts";
import { type CommandSettings, ganbox } from "./cli-process.ts";

let cwd: string;
let settings: CommandSettings;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "ganbox-run-lock-"));
  settings = { cwd, env: { GANBOX_CACHE: join(cwd, "cache") } };
  await writePictures(join(cwd, "photos"), 12);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = join("runs", "00000-photos-r3gan8");

/** The process that holds the run. */
function pidOfLock(): number {
  const { pid } = JSON.parse(readFileSync(join(cwd, run, "run.lock"), "utf8")) as { pid: number };
  return pid;
}

// Windows has no signals.
describe.skipIf(process.platform === "win32")("a run that is being trained", () => {
  it("is refused to others, said to run, and free again once its process is killed", async () => {
    let others: Promise<void> | undefined;
    const training = ["train", "photos", ...TINY_TRAINING, "--kimg", "99", "--tick-seconds", "0.1"];
    const killed = await ganbox(training, {
      ...settings,
      onStdout: (text) => {
        if (others !== undefined || !text.includes("ETA")) return;
        others = (async () => {
          const pid = pidOfLock();
          const [second, list, shown] = await Promise.all([
            ganbox(["resume", run], settings),
            ganbox(["list"], settings),
            ganbox(["show", "0"], settings),
          ]);
          process.kill(pid, "SIGKILL");
          expect(second).toMatchObject({ code: 1, stdout: "" });
          expect(second.stderr).toMatch(
            `is being trained by process ${pid} on ${hostname()}, since `,
          );
          expect(list.stdout).toMatch(/r3gan8 +running /);
          expect(shown.stdout).toMatch(new RegExp(`^state +running .*process ${pid}`, "m"));
        })();
      },
    });
    await others;
    expect(killed.code).toBe(130);
    expect((await ganbox(["list"], settings)).stdout).toMatch(/r3gan8 +interrupted /);

    let interrupted = false;
    const resumed = await ganbox(["resume", run], {
      ...settings,
      onStdout: (text, child) => {
        if (interrupted || !text.includes("ETA")) return;
        interrupted = true;
        child.kill("SIGINT");
      },
    });
    expect(resumed.stdout).toMatch(/The run was left by process \d+ on .*Going on from/);
    expect(resumed.stdout).toContain("Go on with: ganbox resume");
    expect((await ganbox(["list"], settings)).stdout).toMatch(/r3gan8 +stopped /);
  });
});
