import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainEvent } from "../src/base/events.ts";
import { decodeImage } from "../src/media/image.node.ts";
import { TINY_TRAINING, writePictures } from "./cli-pictures.ts";
import { type CommandSettings, ganbox } from "./cli-process.ts";

let cwd: string;
let settings: CommandSettings;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "ganbox-cli-"));
  settings = { cwd, env: { GANBOX_CACHE: join(cwd, "cache") } };
  await writePictures(join(cwd, "photos"), 12);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const eventsOf = (stdout: string): TrainEvent[] =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as TrainEvent);

const train = (...flags: string[]): string[] => ["train", "photos", ...TINY_TRAINING, ...flags];

describe("ganbox train", () => {
  it("trains, and what it made can be used", async () => {
    const run = join("runs", "00000-photos-r3gan8");
    const { code, stdout, stderr } = await ganbox(train("--kimg", "0.08"), settings);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(run);
    expect(stdout).toContain("r3gan at 8x8, 12 pictures");
    expect(stdout).toMatch(/^batch 8, gamma 0.0156 to 0.00156, .*, threads 1$/m);
    expect(stdout).toMatch(/^0.08\/0.08 kimg {2}.* img\/s {2}ETA 0s {2}loss D /m);
    expect(stdout).toContain(`ganbox generate ${run}`);
    expect(stdout).not.toContain("\u001b");

    const made = await ganbox(
      ["generate", run, "--seeds", "0-4,9", "--out", "new", "--grid", "--truncation", "0.8"],
      settings,
    );
    expect(made.code).toBe(0);
    expect(made.stdout.trim().split("\n")).toHaveLength(7);
    const grid = await decodeImage(join(cwd, "new", "grid.png"));
    expect([grid.width, grid.height]).toEqual([24, 16]);

    const film = ["walk", run, "--seeds", "1,5", "--seconds", "0.5", "--out", "walk.gif"];
    expect(await ganbox([...film, "--fps", "10"], settings)).toMatchObject({
      code: 0,
      stdout: "walk.gif\n",
    });
    expect(existsSync(join(cwd, "walk.gif"))).toBe(true);
  });

  it("shows what a run would cost without starting it", async () => {
    const flags = train("--kimg", "3", "--dry-run", "--runs", "dry-runs");
    const { code, stdout } = await ganbox(flags, settings);
    expect(code).toBe(0);
    expect(stdout).toMatch(/"height": 8,/);
    expect(stdout).toMatch(/^pictures +12 at 8x8$/m);
    expect(stdout).toMatch(/^settings +batch 8, gamma 0.0156 to 0.00156, .*, threads 1$/m);
    expect(stdout).toMatch(/^weights +[\d,]+ generator, [\d,]+ discriminator$/m);
    expect(stdout).toMatch(/^memory +[\d,]+ MB$/m);
    expect(stdout).toMatch(/^speed +[\d.]+ s per kimg/m);
    expect(stdout).toMatch(/^whole run +3 kimg in .+, until /m);
    expect(existsSync(join(cwd, "dry-runs"))).toBe(false);
  });
});

// Windows has no signals: there, a console sends Ctrl-C itself.
describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  it("writes a checkpoint and says how to go on; resume does", async () => {
    let interrupted = false;
    const stopped = await ganbox(
      train("--kimg", "0.8", "--tick-seconds", "0.01", "--runs", "stopped"),
      {
        ...settings,
        onStdout: (text, child) => {
          if (interrupted || !text.includes("ETA")) return;
          interrupted = true;
          child.kill("SIGINT");
        },
      },
    );
    const run = join("stopped", "00000-photos-r3gan8");
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain("Stopping: finishing this step and writing a checkpoint.");
    expect(stopped.stdout).toContain(`Go on with: ganbox resume ${run}`);
    const before = Number(/Stopped after ([\d.]+) kimg/.exec(stopped.stdout)?.[1]);
    expect(before).toBeLessThan(0.8);

    const resumed = await ganbox(["resume", run, "--json"], settings);
    expect(resumed.code).toBe(0);
    const events = eventsOf(resumed.stdout);
    const start = events.find((event) => event.type === "start");
    expect(start?.kimg).toBeCloseTo(before, 1);
    expect(events.at(-1)).toMatchObject({ type: "done", complete: true, kimg: 0.8 });
  });

  it("pressed twice stops at once and says what is lost", async () => {
    let interrupts = 0;
    // One step takes seconds, so the second Ctrl-C comes before its end.
    const long = train("--kimg", "99", "--batch", "2048", "--micro-batch", "8");
    const { code, stdout } = await ganbox([...long, "--tick-seconds", "0.01", "--runs", "killed"], {
      ...settings,
      onStdout: (text, child) => {
        const due = text.includes("Stopping") ? 2 : Number(text.includes("ETA"));
        if (interrupts < due) {
          interrupts++;
          child.kill("SIGINT");
        }
      },
    });
    expect(code).toBe(130);
    expect(stdout).toMatch(
      /Stopped at once. Lost: at least [\d.]+ kimg since the checkpoint at 0 kimg/,
    );
    const run = join("killed", "00000-photos-r3gan8");
    expect(stdout).toContain(`ganbox resume ${run}`);
    const config = readFileSync(join(cwd, run, "config.json"), "utf8");
    expect(JSON.parse(config)).toMatchObject({ version: 1 });
  });
});
