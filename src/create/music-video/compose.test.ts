import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../../test/tiny-model.ts";
import { CancelledError, CheckpointError, ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { openAudio } from "../../media/audio/open.node.ts";
import { readMidi } from "../../media/midi/read.ts";
import { videoBackends } from "../../media/video.node.ts";
import { encodeGenerator, generatorGraph } from "../../models/model-file.ts";
import { initialize } from "../../nn/parameters.ts";
import { modelPathOf } from "../ready-made.node.ts";
import { composeMusic } from "./compose.node.ts";
import { writeMusicVideo } from "./render.node.ts";

/** A model of music that was never trained: its notes are noise, other noise for each seed. */
function tinyMusicModel(): Uint8Array {
  const architecture = {
    ...{ family: "music", channels: 5, height: 32, width: 72, latent: 8, classes: 0 },
    ...{ widths: [16, 16], blocks: 1, expansion: 1, groupSize: 0 },
  };
  const { parameters } = generatorGraph(architecture, 1);
  const weights = initialize(parameters.list(), new Random(1));
  const info = { version: 1, architecture, classes: [], kimg: 0, data: "none" } as const;
  return encodeGenerator(info, weights);
}

let folder: string;
let music: string;
let pictures: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-compose-"));
  [music, pictures] = [join(folder, "music.onnx"), join(folder, "pictures.onnx")];
  writeFileSync(music, tinyMusicModel());
  writeFileSync(pictures, tinyModel());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENCODES = (await videoBackends()).some(({ codecs }) => codecs.includes("h264"));

/** Length of the sound [s], tempo, and bars of the notes. */
async function composed(
  seconds: number | undefined,
  bpm?: number,
  seed = 0,
): Promise<{ length: number; tempo: number; bars: number; bytes: Buffer }> {
  const film = join(folder, "lengths.mp4");
  const how = { model: music, mute: ["drums", "piano", "guitar", "strings"] as const };
  const wav = await composeMusic(
    film,
    { ...how, ...(bpm === undefined ? {} : { bpm }) },
    { seed, seconds },
  );
  const bytes = readFileSync(join(folder, "lengths.mid"));
  const { tempos, endTick, ticksPerQuarter } = readMidi(bytes);
  const { seconds: length = 0 } = await openAudio(wav);
  const tempo = tempos[0]?.bpm ?? 0;
  return { length, tempo, bars: endTick / ticksPerQuarter / 4, bytes };
}

describe("composeMusic", () => {
  it("fills the film with whole bars, near 120 beats a minute or at the tempo that is asked for", async () => {
    const five = await composed(5);
    expect(five.length).toBeCloseTo(5, 2);
    expect(five.tempo).toBeCloseTo(160, 2); // 2 bars in 3 seconds: nearer than 80
    expect(five.bars).toBe(2);
    const asked = await composed(5, 100);
    expect(asked.length).toBeCloseTo(5, 2);
    expect([asked.tempo, asked.bars]).toEqual([100, 1]);
    const short = await composed(0.5);
    expect(short.tempo).toBeCloseTo(180, 2);
  }, 60_000);

  it("is decided by the seed", async () => {
    const one = await composed(3, undefined, 3);
    expect((await composed(3, undefined, 3)).bytes).toEqual(one.bytes);
    expect((await composed(3, undefined, 4)).bytes).not.toEqual(one.bytes);
  }, 60_000);

  it("refuses what cannot be, and stops", async () => {
    const make = (options: object, wanted: object = {}) =>
      composeMusic(
        join(folder, "no.mp4"),
        { model: music, ...options },
        { seed: 0, seconds: 2, ...wanted },
      );
    await expect(make({}, { seconds: 1801 })).rejects.toThrow(ConfigError);
    await expect(make({ bpm: 500 })).rejects.toThrow("bpm: got 500");
    await expect(make({ model: pictures })).rejects.toThrow(CheckpointError);
    await expect(make({ model: pictures })).rejects.toThrow("which makes no music");
    await expect(make({ soundfont: "absent.sf2" })).rejects.toThrow("soundfont cannot be read");
    await expect(make({}, { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
    expect(existsSync(join(folder, "no.wav"))).toBe(false);
    expect(existsSync(join(folder, "no.mid"))).toBe(false);
  }, 60_000);
});

describe("films with music of their own", () => {
  it.skipIf(!ENCODES)(
    "have both, and keep the music (skipped without an H.264 encoder)",
    async () => {
      const path = join(folder, "both.mp4");
      const stages = new Set<string>();
      await writeMusicVideo(path, {
        ...{ models: [pictures], compose: { model: music }, seed: 5, seconds: 3 },
        ...{ fps: 10, size: [32, 32] },
        onProgress: ({ stage }) => stages.add(stage),
      });
      expect([...stages]).toEqual(["music", "song", "frames", "film"]);
      expect(readMidi(readFileSync(join(folder, "both.mid"))).notes.length).toBeGreaterThan(4);
      expect((await openAudio(join(folder, "both.wav"))).seconds).toBeCloseTo(3, 2);
      // What is heard in the film is what lies beside it.
      const [film, beside] = [path, join(folder, "both.wav")].map((file) => {
        const args = ["-v", "error", "-i", file, "-f", "f32le", "-ac", "1", "-ar", "8000", "-"];
        const { stdout } = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 26 });
        return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + 64_000));
      }) as [Float32Array, Float32Array];
      const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      expect(dot(film, beside) / Math.sqrt(dot(film, film) * dot(beside, beside))).toBeGreaterThan(
        0.95,
      );
    },
    60_000,
  );

  it("need one of song and music, and the right models", async () => {
    const refused = async (options: object, error: unknown, message: RegExp) => {
      const writing = writeMusicVideo(join(folder, "no.mp4"), {
        models: [pictures],
        seconds: 1,
        ...options,
      });
      await expect(writing).rejects.toThrow(error as typeof Error);
      await expect(writing).rejects.toThrow(message);
    };
    const compose = { model: music };
    await refused({}, ConfigError, /got neither song nor compose/);
    await refused({ song: "a.wav", compose }, ConfigError, /got both song and compose/);
    await refused({ start: 2, compose }, ConfigError, /start: got 2 with compose/);
    await refused({ compose: { model: pictures } }, CheckpointError, /makes no music/);
    await refused({ models: [music], compose }, ConfigError, /makes music, expected .* pictures/);
  }, 60_000);
});

describe("ready-made models", () => {
  it("are found by name and by what they make", () => {
    expect(existsSync(modelPathOf("landscapes-64", "pictures"))).toBe(true);
    expect(modelPathOf(undefined, "pictures")).toBe(modelPathOf("landscapes-64", "music"));
    expect(modelPathOf(music, "pictures")).toBe(music);
    expect(modelPathOf("absent.onnx", "music")).toBe("absent.onnx");
    if (existsSync("models/pieces.onnx")) {
      expect(modelPathOf(undefined, "music")).toMatch(/pieces\.onnx$/);
    } else {
      expect(() => modelPathOf(undefined, "music")).toThrow(CheckpointError);
      expect(() => modelPathOf(undefined, "music")).toThrow("models/pieces.onnx");
    }
  });
});
