import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { videoBackends } from "../src/media/video.node.ts";
import { type CommandResult, ganbox } from "./cli-process.ts";
import { tinyModel } from "./tiny-model.ts";

const base = mkdtempSync(join(tmpdir(), "ganbox-interrupt-"));
let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(base, "test-"));
  writeFileSync(join(cwd, "model.onnx"), tinyModel());
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const codecs = new Set((await videoBackends()).flatMap((backend) => backend.codecs));

/** Formats that this machine can write. */
const FORMATS = [
  "gif",
  ...(codecs.size > 0 ? ["mp4"] : []),
  ...(codecs.has("vp9") ? ["webm"] : []),
];

/** Sends Ctrl-C's signal once the file is there; undefined where the command ended before. */
function interruptWhen(file: string): (child: ChildProcess) => void {
  return (child) => {
    const timer = setInterval(() => {
      if (!existsSync(join(cwd, file))) return;
      clearInterval(timer);
      child.kill("SIGINT");
    }, 5);
    child.on("exit", () => clearInterval(timer));
  };
}

// Windows has no signals: there, a console sends Ctrl-C itself.
describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  it.each(FORMATS)("gives up a film: nothing is left of it (%s)", async (format) => {
    const out = `walk.${format}`;
    writeFileSync(join(cwd, out), "the film before");
    const walk = ["walk", "model.onnx", "--seeds", "1,5", "--seconds", "900", "--out", out];
    const result = await ganbox(walk, { cwd, onStart: interruptWhen(`${out}.partial`) });
    expect(result).toMatchObject({ code: 130, stdout: "" });
    expect(result.stderr).toMatch(
      new RegExp(`^ganbox: ${out}: stopped on request after \\d+ of 27000 frames.*\\n$`),
    );
    expect(readdirSync(cwd).sort()).toEqual(["model.onnx", out]);
    expect(readFileSync(join(cwd, out), "utf8")).toBe("the film before");
  });

  it("stops after the picture that is being written", async () => {
    const generate = ["generate", "model.onnx", "--seeds", "0-99999", "--out", "o", "--grid"];
    const onStart = interruptWhen(join("o", "seed0003.png"));
    const { code, stdout, stderr } = await ganbox(generate, { cwd, onStart });
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    const [, done] =
      /^ganbox: o: stopped on request after (\d+) of 100000 pictures.\n$/.exec(stderr) ?? [];
    const files = readdirSync(join(cwd, "o"));
    expect(files).toHaveLength(Number(done));
    expect(files.every((name) => /^seed\d+\.png$/.test(name))).toBe(true);
  });
});

// A limit on the size of files, which POSIX shells can set, fails like a disk that runs full.
describe.skipIf(process.platform === "win32")("a disk that runs full", () => {
  const limited = async (...args: string[]): Promise<CommandResult> =>
    await ganbox(args, { cwd, fileBlocks: 16 });

  it.each(FORMATS)("ends a film with an error: nothing is left of it (%s)", async (format) => {
    const out = `walk.${format}`;
    const film = ["walk", "model.onnx", "--seeds", "1,5,9", "--seconds", "3"];
    const result = await limited(...film, "--out", out);
    expect(result.stderr).toMatch(`ganbox: ${out}: the film cannot be written (`);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(readdirSync(cwd)).toEqual(["model.onnx"]);
  });

  it("ends a grid with an error: nothing is left of it, and the picture before stays", async () => {
    const generate = ["generate", "model.onnx", "--seeds", "0-63", "--out", "o"];
    expect(await ganbox(generate, { cwd })).toMatchObject({ code: 0 });
    const result = await limited(...generate, "--grid");
    expect(result.stderr).toMatch(/^ganbox: o.grid\.png: the picture cannot be written \(/);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(readdirSync(join(cwd, "o"))).toHaveLength(64);
  });
});
