import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainEvent } from "../src/base/events.ts";
import type { Diagnosis } from "../src/box/doctor/diagnose.ts";
import { encodeOnnx } from "../src/graph/onnx/encode.ts";
import { toOnnx } from "../src/graph/onnx/write.ts";
import { add, input } from "../src/graph/ops/index.ts";
import { decodeSafetensors } from "../src/graph/safetensors.ts";
import { decodeGenerator } from "../src/models/model-file.ts";
import { TINY_TRAINING, writePictures } from "./cli-pictures.ts";
import { type CommandResult, ganbox } from "./cli-process.ts";
import { tinyModel } from "./tiny-model.ts";

let cwd: string;

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "ganbox-cli-"));
  await writePictures(join(cwd, "photos"), 4);
  writeFileSync(join(cwd, "model.onnx"), tinyModel());
  writeFileSync(join(cwd, "classes.onnx"), tinyModel(["beach", "canyon"]));
  writeFileSync(join(cwd, "file"), "");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const run = async (...args: string[]): Promise<CommandResult> =>
  await ganbox(args, { cwd, env: { GANBOX_CACHE: join(cwd, "cache") } });

const read = (name: string): Uint8Array => readFileSync(join(cwd, name));

/** Runs a command that must fail: exit code, and a message that says where and what. No stack, no `TypeError`. */
async function fails(args: readonly string[], code: 1 | 2, ...messages: RegExp[]): Promise<void> {
  const result = await run(...args);
  expect(result.stderr).toMatch(/^ganbox: /);
  for (const message of messages) expect(result.stderr).toMatch(message);
  expect(result.stderr).not.toMatch(/^ {4}at |TypeError|unexpected error|internal:/m);
  expect(result.code).toBe(code);
}

describe("ganbox", () => {
  it("helps, with examples", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("$ ganbox train photos/");
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await run("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it("refuses what it does not know, with a suggestion", async () => {
    await fails(["tarin"], 2, /unknown command 'tarin'\n\(Did you mean train\?\)/);
    const flag = ["train", "photos", "--bacth", "8"];
    await fails(flag, 2, /unknown option '--bacth'\n\(Did you mean --batch\?\)/);
  });

  it("shows where an error came from only when asked", async () => {
    const env = { DEBUG: "ganbox" };
    const { stderr } = await ganbox(["generate", "absent", "--seeds", "1", "--out", "o"], {
      cwd,
      env,
    });
    expect(stderr).toMatch(/^ganbox: absent: .*\n.*CheckpointError: absent.*\n {4}at /);
  });
});

describe("ganbox generate, walk and export", () => {
  it("gives a seed the same picture, alone or among others", async () => {
    await run("generate", "model.onnx", "--seeds", "0-20", "--out", "many");
    await run("generate", "model.onnx", "--seeds", "20", "--out", "one");
    expect(read("one/seed0020.png")).toEqual(read("many/seed0020.png"));
    expect(read("many/seed0019.png")).not.toEqual(read("many/seed0020.png"));
  });

  it("makes pictures of a class", async () => {
    const pictures = ["generate", "classes.onnx", "--seeds", "3", "--out"];
    await run(...pictures, "by-name", "--class", "canyon");
    await run(...pictures, "by-number", "--class", "1");
    expect(read("by-name/seed0003.png")).toEqual(read("by-number/seed0003.png"));
    await fails([...pictures, "o", "--class", "forest"], 2, /"forest".*beach, canyon/);
  });

  it.each(["mp4", "webm"])("writes %s, or says what is missing for it", async (format) => {
    const out = `walk.${format}`;
    const film = ["walk", "model.onnx", "--seeds", "1,5", "--seconds", "0.5", "--out", out];
    const { code, stderr } = await run(...film, "--interpolation", "cubic");
    if (code === 0) {
      const head = Buffer.from(read(out).subarray(0, 12)).toString("latin1");
      expect(head).toMatch(format === "mp4" ? /^....ftyp/s : /^.E\xdf\xa3/s);
    } else expect(stderr).toMatch(/nothing here can encode .*ffmpeg/);
  });

  it("exports models that hold the same weights", async () => {
    expect(await run("export", "model.onnx", "--out", "copy.onnx")).toMatchObject({ code: 0 });
    expect(read("copy.onnx")).toEqual(read("model.onnx"));
    expect(await run("export", "model.onnx", "--format", "safetensors")).toMatchObject({
      code: 0,
      stdout: "model.safetensors\n",
    });
    const { tensors } = decodeSafetensors(read("model.safetensors"));
    const { weights } = decodeGenerator(read("model.onnx"), "model.onnx");
    expect(new Map([...tensors].sort())).toEqual(new Map([...weights].sort()));
  });
});

describe("ganbox doctor", () => {
  it("knows this machine", async () => {
    const { code, stdout } = await run("doctor", "--json");
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as Diagnosis;
    expect(found).toMatchObject({
      node: process.version,
      pictures: ["png", "jpeg", "webp", "avif", "gif", "tiff"],
      cache: { path: join(cwd, "cache"), writable: true },
    });
    expect(found.providers.find(({ name }) => name === "cpu")).toMatchObject({
      works: true,
      detail: "",
    });
    for (const { works, detail } of found.providers) expect(detail === "").toBe(works);
    const { convolutionGflops, matmulGflops } = found.speed;
    expect(Math.min(convolutionGflops, matmulGflops)).toBeGreaterThan(0.1);
  });
});

describe("bad pictures", () => {
  const folder = async (name: string, pictures = 0): Promise<string> => {
    mkdirSync(join(cwd, name), { recursive: true });
    await writePictures(join(cwd, name), pictures);
    return name;
  };
  const train = (source: string): string[] => ["train", source, ...TINY_TRAINING];

  it("refuses a folder that is absent, empty, without pictures, or with one", async () => {
    await fails(train("absent"), 1, /absent: the data set cannot be opened.*Check the path/);
    await fails(train(await folder("empty")), 1, /empty: .*expected/);
    writeFileSync(join(cwd, await folder("texts"), "a.txt"), "hello");
    await fails(train("texts"), 1, /texts: .*1 .txt/);
    await fails(train(await folder("single", 1)), 1, /single: .*at least 2/);
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });

  it("names what it cannot read, and trains on the rest", async () => {
    const at = (name: string): string => join(cwd, "mixed", name);
    await folder("mixed", 4);
    const jpeg = await sharp(at("picture-0.png")).resize(64, 64).jpeg().toBuffer();
    writeFileSync(at("cut.jpg"), jpeg.subarray(0, jpeg.length / 2));
    writeFileSync(at("nothing.png"), "");
    writeFileSync(at("letter.png"), "Dear reader,");
    writeFileSync(at("huge.png"), pngHeader(30_000, 30_000));
    const create = { width: 3, height: 3, channels: 3, background: "red" } as const;
    await sharp({ create }).png().toFile(at("small.png"));

    const { code, stdout } = await run(...train("mixed"), "--kimg", "0.016", "--json");
    expect(code).toBe(0);
    // With --json there is nothing but events.
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as TrainEvent);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["prepare", "start", "tick", "sample", "checkpoint"]),
    );
    expect(events.at(-1)).toMatchObject({ type: "done", complete: true, kimg: 0.016 });
    expect(events.find(({ type }) => type === "start")).toMatchObject({ pictures: 5 });
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
    const said = warnings.join("\n");
    for (const name of ["cut.jpg", "nothing.png", "letter.png", "huge.png"]) {
      expect(said).toContain(name);
    }
    expect(said).toMatch(/0 bytes/);
    expect(said).toMatch(/30000x30000/);
    expect(said).toMatch(/1 pictures? .*smaller than 8x8/);
  });
});

describe("bad options, models and places", () => {
  const generate = (model: string): string[] => ["generate", model, "--seeds", "0", "--out", "o"];

  it("refuses options before it reads a picture", async () => {
    await fails(["train", "photos", "--resolution", "63"], 2, /resolution: 63.*expected.*64/);
    await fails(["train", "photos", "--batch", "0"], 2, /batch: .*\(got 0\)/);
    await fails([...generate("model.onnx"), "--seeds", "a-b"], 2, /--seeds: "a-b"/);
    await fails([...generate("model.onnx"), "--truncation=-1"], 2, /truncation: got -1/);
    writeFileSync(join(cwd, "recipe.json"), '{"kimgs": 3}');
    const config = ["train", "photos", "--config", "recipe.json"];
    await fails(config, 2, /recipe.json: unknown option "kimgs", did you mean "kimg"/);
  });

  it("refuses what is no model", async () => {
    await fails(generate("absent.onnx"), 1, /absent.onnx: there is no such file/);
    const whole = tinyModel();
    writeFileSync(join(cwd, "half.onnx"), whole.subarray(0, whole.length / 2));
    await fails(generate("half.onnx"), 1, /half.onnx: .*cut short/);
    await fails(["export", "half.onnx"], 1, /half.onnx: .*cut short/);
    const x = input("x", [1, 2]);
    writeFileSync(join(cwd, "other.onnx"), encodeOnnx(toOnnx({ y: add(x, x) })));
    await fails(generate("other.onnx"), 1, /other.onnx: .*\(inputs: x\) is no Ganbox generator/);
    writeFileSync(join(cwd, "text.onnx"), "hello");
    await fails(generate("text.onnx"), 1, /text.onnx: this is text that starts with "hello"/);
    await fails(generate("photos/picture-0.png"), 1, /picture-0.png: this is a PNG picture/);
  });

  it("refuses folders that are no runs, and runs without checkpoints", async () => {
    await fails(generate("photos"), 1, /photos: this folder is no run/);
    await fails(["resume", "photos"], 1, /photos: no run here/);
    await fails(["resume", "absent"], 1, /absent: no run here/);
    const run = join("started", "00000-photos-r3gan8");
    mkdirSync(join(cwd, run, "checkpoints"), { recursive: true });
    const architecture = {
      ...{ family: "r3gan", channels: 3, height: 8, width: 8, latent: 8, classes: 0 },
      ...{ widths: [8, 8], blocks: 1, expansion: 1, groupSize: 0 },
    };
    const config = { version: 1, architecture, objective: {}, data: {} };
    writeFileSync(join(cwd, run, "config.json"), JSON.stringify(config));
    await fails(generate(run), 1, /this run has no model yet/);
    await fails(["resume", run], 1, /the run has no checkpoint.*ganbox train/);
  });

  it("refuses to write where it cannot", async () => {
    const below = join("file", "below");
    await fails([...generate("model.onnx"), "--out", below], 1, /below: the output folder cannot/);
    const walk = ["walk", "model.onnx", "--seeds", "1,2", "--seconds", "1"];
    await fails([...walk, "--out", join(below, "walk.gif")], 1, /walk.gif: the film cannot/);
    await fails([...walk, "--out", "walk.avi"], 1, /walk.avi: .*expected one of .mp4, .webm, .gif/);
    const model = join(below, "model.onnx");
    await fails(["export", "model.onnx", "--out", model], 1, /model.onnx: the model cannot/);
    const train = ["train", "photos", ...TINY_TRAINING, "--runs", below];
    await fails(train, 2, /below cannot be written.*--runs/);
  });

  it("wants at least two seeds for a film", async () => {
    await fails(["walk", "model.onnx", "--seeds", "7", "--out", "w.gif"], 2, /1 seeds are no path/);
  });
});

/** A PNG of this size with next to no pixels. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.alloc(64));
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", data),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
