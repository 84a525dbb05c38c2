import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CancelledError, CheckpointError, ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { barsOf } from "../../media/midi/bars.ts";
import { readMidi } from "../../media/midi/read.ts";
import { type Roll, rollsOf } from "../../media/midi/roll.ts";
import type { Architecture } from "../../models/family.ts";
import { encodeGenerator, generatorGraph } from "../../models/model-file.ts";
import { initialize } from "../../nn/parameters.ts";
import { MusicGenerator, type PieceOptions } from "./music-generator.ts";
import { writePieces } from "./pieces.node.ts";

const architecture: Architecture = {
  family: "music",
  channels: 5,
  height: 32,
  width: 72,
  latent: 8,
  classes: 2,
  widths: [16, 16],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};

/** A model that was never trained: it makes noise that depends on all that it is given. */
function model(family = architecture): Uint8Array {
  const { parameters } = generatorGraph(family, 1);
  const weights = initialize(parameters.list(), new Random(1));
  const info = { version: 1, architecture: family, classes: ["jazz", "rock"], kimg: 0, data: "x" };
  return encodeGenerator({ ...info, version: 1 }, weights);
}

let folder = "";
let generator: MusicGenerator;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-pieces-"));
  generator = await MusicGenerator.decode(model(), "model.onnx", { threads: 1 });
});
afterAll(async () => {
  await generator.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function pieces(seeds: readonly number[], options: PieceOptions = {}): Promise<Roll[]> {
  const rolls: Roll[] = [];
  for await (const roll of generator.pieces(seeds, options)) rolls.push(roll);
  return rolls;
}

/** Steps `from` to `to` of all parts. */
function stepsOf({ data, bars }: Roll, from: number, to: number): number[] {
  const plane = bars * 16 * 72;
  return [0, 1, 2, 3, 4].flatMap((part) => [
    ...data.subarray(part * plane + from * 72, part * plane + to * 72),
  ]);
}

describe("pieces", () => {
  it("are as long as asked for, the same for the same seed, alone or with others", async () => {
    const [three, four] = await pieces([3, 4], { bars: 5 });
    expect(three?.data).toHaveLength(5 * 5 * 16 * 72);
    expect(three?.data.some((cell) => cell > 0)).toBe(true);
    expect(await pieces([3], { bars: 5 })).toEqual([three]);
    expect(four).not.toEqual(three);
    const [longer] = await pieces([3], { bars: 8 });
    expect(stepsOf(longer as Roll, 0, 80)).toEqual(stepsOf(three as Roll, 0, 80));
  });

  it("go on from a bar, and from their own last bar", async () => {
    const [plain] = await pieces([3], { bars: 4, variation: 0 });
    const [first] = await pieces([3], { bars: 2, variation: 0 });
    const before = Uint8Array.from(stepsOf(first as Roll, 16, 32));
    const [onward] = await pieces([3], { bars: 2, variation: 0, before });
    expect(stepsOf(onward as Roll, 0, 32)).toEqual(stepsOf(plain as Roll, 32, 64));
    expect(stepsOf(onward as Roll, 0, 32)).not.toEqual(stepsOf(first as Roll, 0, 32));
  });

  it("are of the class and variation that is asked for", async () => {
    const options = { bars: 2 };
    const jazz = await pieces([3], { ...options, class: "jazz" });
    expect(await pieces([3], { ...options, class: 0 })).toEqual(jazz);
    expect(await pieces([3], { ...options, class: "rock" })).not.toEqual(jazz);
    expect(await pieces([3], { ...options, class: "jazz", variation: 1 })).not.toEqual(jazz);
    const same = { ...options, truncationPsi: 0, class: 1 };
    expect(await pieces([3], same)).toEqual(await pieces([4], same));
  });

  it.each([
    [{ bars: 0 }, /bars: got 0/],
    [{ bars: 2.5 }, /bars: got 2.5/],
    [{ variation: 2 }, /variation: got 2/],
    [{ truncationPsi: -1 }, /truncation: got -1/],
    [{ before: new Uint8Array(5) }, /before: got 5 cells, expected 5760/],
    [{ class: "polka" }, /class: "polka" is unknown/],
  ])("refuse %o", async (options, message) => {
    await expect(pieces([1], options)).rejects.toThrow(message);
    await expect(pieces([1], options)).rejects.toBeInstanceOf(ConfigError);
  });

  it("need a model of music", async () => {
    const pictures = { ...architecture, family: "r3gan", channels: 3, height: 8, width: 8 };
    const bytes = model(pictures);
    await expect(MusicGenerator.decode(bytes, "x.onnx")).rejects.toThrow(
      "x.onnx: this is a model of the family r3gan, which makes no music",
    );
    await expect(MusicGenerator.decode(bytes.slice(9), "x")).rejects.toThrow(CheckpointError);
  });
});

describe("files", () => {
  it("hold the same music", async () => {
    const seen: string[] = [];
    const paths = await writePieces(generator, {
      seeds: [3, 5, 3],
      bars: 2,
      bpm: 240,
      formats: ["mid", "png", "wav"],
      outputDir: join(folder, "pieces"),
      onProgress: (stage, done, total) => seen.push(`${stage} ${done}/${total}`),
    });
    expect(paths.map((path) => path.slice(folder.length + 8))).toEqual(
      ["3.mid", "3.png", "3.wav", "5.mid", "5.png", "5.wav"].map((name) => `seed000${name}`),
    );
    expect(seen.filter((line) => line.startsWith("pieces"))).toEqual(["pieces 1/2", "pieces 2/2"]);
    const song = readMidi(readFileSync(paths[0] as string), "seed0003.mid");
    const [roll] = await pieces([3], { bars: 2 });
    const bars = rollsOf(song, barsOf(song), generator.format);
    const made = [0, 16].flatMap((step) => stepsOf(roll as Roll, step, step + 16));
    expect(song.tempos[0]?.bpm).toBeCloseTo(240, 3);
    expect([...bars].map((cell) => Number(cell > 0))).toEqual(made.slice(0, bars.length));
    const sound = await openAudio(paths[2] as string);
    expect(sound.seconds).toBeCloseTo(2 + 2, 1); // two bars and the tail
  }, 60_000);

  it("are refused in unknown formats, and stopped", async () => {
    const job = { seeds: [1], bars: 1, outputDir: join(folder, "none") };
    await expect(writePieces(generator, { ...job, formats: ["midi"] })).rejects.toThrow(
      'formats: got "midi", expected some of mid, png, wav, mp3, flac, ogg.',
    );
    await expect(
      writePieces(generator, { ...job, formats: ["wav"], soundfont: join(folder, "none.sf2") }),
    ).rejects.toThrow("the soundfont cannot be read");
    await expect(writePieces(generator, { ...job, signal: AbortSignal.abort() })).rejects.toThrow(
      CancelledError,
    );
  });
});
