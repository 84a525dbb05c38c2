import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeSafetensors } from "../src/graph/safetensors.ts";
import { decodeImage } from "../src/media/image.node.ts";
import { writePictures } from "./cli-pictures.ts";
import { type CommandSettings, ganbox } from "./cli-process.ts";

let cwd: string;
let settings: CommandSettings;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "ganbox-shapes-"));
  settings = { cwd, env: { GANBOX_CACHE: join(cwd, "cache") } };
  await writePictures(join(cwd, "posters"), 12, 20, 30);
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const TRAIN = [
  ...["train", "posters", "--resolution", "16x24", "--widths", "16,16,8", "--batch", "8"],
  ...["--threads", "1", "--iterations", "6", "--tick-seconds", "0.01"],
];

/** Tensors of the last checkpoint of a run. */
function lastCheckpoint(run: string): ReadonlyMap<string, { readonly data: unknown }> {
  const folder = join(cwd, run, "checkpoints");
  const last = readdirSync(folder).sort().at(-1) as string;
  expect(last).toContain("step-000000006");
  return decodeSafetensors(readFileSync(join(folder, last)), last).tensors;
}

// Windows has no signals: there, a console sends Ctrl-C itself.
describe.skipIf(process.platform === "win32")("a model of pictures that are 2:3", () => {
  it("trains, stops and goes on to the same bits, and makes pictures and films of that shape", async () => {
    const whole = join("whole", "00000-posters-r3gan16x24");
    const trained = await ganbox([...TRAIN, "--runs", "whole"], settings);
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    expect(trained.stdout).toContain("r3gan at 16x24, 12 pictures");

    const part = join("part", "00000-posters-r3gan16x24");
    let interrupted = false;
    const stopped = await ganbox([...TRAIN, "--runs", "part"], {
      ...settings,
      onStdout: (text, child) => {
        if (interrupted || !text.includes("loss D")) return;
        interrupted = true;
        child.kill("SIGINT");
      },
    });
    expect(stopped.code).toBe(130);
    expect(await ganbox(["resume", part], settings)).toMatchObject({ code: 0 });
    expect(lastCheckpoint(part)).toEqual(lastCheckpoint(whole));

    const made = await ganbox(
      ["generate", whole, "--seeds", "0,1", "--out", "new", "--grid"],
      settings,
    );
    expect(made).toMatchObject({ code: 0 });
    const sizeOf = async (file: string): Promise<number[]> => {
      const { width, height } = await decodeImage(join(cwd, file));
      return [width, height];
    };
    expect(await sizeOf("new/seed0001.png")).toEqual([16, 24]);
    expect(await sizeOf("new/grid.png")).toEqual([32, 24]);
    const film = ["walk", whole, "--seeds", "0,1", "--seconds", "0.2", "--fps", "10"];
    expect(await ganbox([...film, "--out", "walk.gif"], settings)).toMatchObject({ code: 0 });
    expect(await sizeOf("walk.gif")).toEqual([256, 384]);
    const shown = await ganbox(["show", whole], settings);
    expect(shown.stdout).toContain("r3gan at 16x24");
  });

  it("says which sizes are near one that cannot be", async () => {
    const { code, stderr } = await ganbox(["train", "posters", "--resolution", "96x50"], settings);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "resolution: 96x50 cannot be reached by doubling a start of 3 to 7 pixels a side, expected for example 96x48 or 96x64.",
    );
    const odd = await ganbox(["train", "posters", "--resolution", "wide"], settings);
    expect(odd).toMatchObject({ code: 2 });
    expect(odd.stderr).toMatch(/resolution: .*width x height such as 96x64 \(got "wide"\)/);
  });
});
