import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyModel } from "../../../test/tiny-model.ts";
import { CancelledError, CheckpointError, ConfigError, MediaError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { audioInMemory } from "../../media/audio/audio.ts";
import { encodeWav } from "../../media/audio/wav.ts";
import { videoBackends } from "../../media/video.node.ts";
import { encodeGenerator, generatorGraph } from "../../models/model-file.ts";
import { initialize } from "../../nn/parameters.ts";
import type { SongAnalysis } from "../song/analysis.ts";
import type { Effect } from "./effects.ts";
import { writeMusicVideo } from "./render.node.ts";

/** A video model with random weights. */
function tinyVideoModel(): Uint8Array {
  const architecture = {
    ...{ family: "video", channels: 3, height: 8, width: 8, latent: 8, classes: 0 },
    ...{ widths: [16, 16], blocks: 1, expansion: 1, groupSize: 0 },
    extra: { frames: 3, seconds: 1, fps: 10 },
  };
  const weights = initialize(generatorGraph(architecture, 1).parameters.list(), new Random(7));
  const info = { version: 1, architecture, classes: [], kimg: 0, data: "none" } as const;
  return encodeGenerator(info, weights);
}

const RATE = 22_050;
let folder: string;
let models: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-music-video-"));
  models = [join(folder, "tiny.onnx")];
  writeFileSync(join(folder, "tiny.onnx"), tinyModel());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const backends = await videoBackends();
const hasFfmpeg = backends.some(({ name, codecs }) => name === "ffmpeg" && codecs.length > 0);
const CASES = backends.flatMap(({ name, codecs }) => [
  ...(codecs.includes("h264") ? [{ backend: name, film: "mp4", video: "h264", audio: "aac" }] : []),
  ...(codecs.includes("vp9") ? [{ backend: name, film: "webm", video: "vp9", audio: "opus" }] : []),
]);

/** Clicks off the grid of the frames, at an even tempo of 109 BPM. */
const CLICKS = Array.from({ length: 13 }, (_, i) => 0.513 + 0.55 * i);

function clickTrack(seconds: number, times: readonly number[] = CLICKS): Float32Array {
  const out = new Float32Array(seconds * RATE);
  const noise = new Random(1);
  for (const time of times) {
    for (let i = 0; i < 400; i++) {
      const at = Math.round(time * RATE) + i;
      if (at < out.length) out[at] = 0.8 * (2 * noise.uniform() - 1) * Math.exp(-i / 80);
    }
  }
  return out;
}

const clicks = (seconds: number) => audioInMemory("clicks", [clickTrack(seconds)], RATE);

/** What ffprobe counts, all decoded. */
function probe(path: string): { video: Stream; audio: Stream } {
  const args = ["-v", "error", "-count_frames", "-show_streams", "-of", "json", path];
  const { stdout, stderr } = spawnSync("ffprobe", args, { encoding: "utf8" });
  expect(stderr).toBe("");
  const { streams } = JSON.parse(stdout) as { streams: Stream[] };
  expect(streams.map(({ codec_type }) => codec_type)).toEqual(["video", "audio"]);
  return { video: streams[0]!, audio: streams[1]! };
}

interface Stream {
  readonly codec_type: string;
  readonly codec_name: string;
  readonly nb_read_frames: string;
  readonly width: number;
  readonly height: number;
}

/** Sums of the differences between neighbouring frames, decoded by ffmpeg: item i is the change from frame i - 1 to i. */
function changes(path: string, width: number, height: number): number[] {
  const { stdout } = spawnSync(
    "ffmpeg",
    ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
    { maxBuffer: 2 ** 28 },
  );
  const size = width * height;
  return Array.from({ length: stdout.length / size }, (_, i) => {
    let sum = 0;
    for (let k = 0; i > 0 && k < size; k++) {
      sum += Math.abs(stdout[i * size + k]! - stdout[(i - 1) * size + k]!);
    }
    return sum / size;
  });
}

/** Times of the beginnings of clicks in a film's sound. */
function clicksIn(path: string): number[] {
  const args = ["-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", "48000", "-"];
  const { stdout } = spawnSync("ffmpeg", args, { maxBuffer: 2 ** 28 });
  const found: number[] = [];
  for (let i = 0; i < stdout.length / 4; i++) {
    const loud = Math.abs(stdout.readFloatLE(4 * i)) > 0.2;
    if (loud && i / 48_000 - (found.at(-1) ?? -1) > 0.1) found.push(i / 48_000);
  }
  return found;
}

describe.skipIf(!hasFfmpeg)("writeMusicVideo (skipped without ffmpeg)", () => {
  it.each(CASES)(
    "moves on the clicks and keeps in time: $film with $backend",
    async ({ backend, film, video, audio }) => {
      const path = join(folder, `clicks-${backend}.${film}`);
      const stages = new Set<string>();
      await writeMusicVideo(path, {
        models,
        song: clicks(8),
        size: [96, 64],
        motion: 0.2,
        pulse: 1,
        backend,
        onProgress: ({ stage, done, total }) => {
          stages.add(stage);
          expect(done).toBeLessThanOrEqual(total + 0.1);
        },
      });
      expect([...stages]).toEqual(["song", "frames", "film"]);
      const found = probe(path);
      expect(found.video).toMatchObject({ codec_name: video, width: 96, height: 64 });
      expect(found.video.nb_read_frames).toBe("240");
      expect(found.audio.codec_name).toBe(audio);
      // The sound is where it was in the song, to a few milliseconds.
      const heard = clicksIn(path);
      expect(heard.length).toBe(CLICKS.length);
      for (const [i, time] of heard.entries()) {
        expect(Math.abs(time - CLICKS[i]!)).toBeLessThan(0.005);
      }
      // The strongest changes are those at the clicks: in the first frame that shows the time of one, or next to it.
      const change = changes(path, 96, 64);
      const strongest = [...change.keys()]
        .sort((a, b) => change[b]! - change[a]!)
        .filter((frame, i, all) => all.slice(0, i).every((other) => Math.abs(other - frame) > 3))
        .slice(0, CLICKS.length)
        .sort((a, b) => a - b);
      for (const [i, frame] of strongest.entries()) {
        expect(Math.abs(frame - CLICKS[i]! * 30)).toBeLessThanOrEqual(1.01);
      }
      expect(existsSync(`${path}.parts`)).toBe(false);
    },
  );

  it("goes on after kill -9 with what was finished, and the film is whole", async () => {
    const song = join(folder, "long.wav");
    writeFileSync(song, encodeWav([clickTrack(24)], RATE));
    const path = join(folder, "killed.mp4");
    const options = { models, song, size: [64, 64] };
    const script = join(folder, "film.mts");
    const module = new URL("./render.node.ts", import.meta.url).href;
    writeFileSync(
      script,
      `const { writeMusicVideo } = await import(${JSON.stringify(module)});\nawait writeMusicVideo(${JSON.stringify(path)}, ${JSON.stringify(options)});`,
    );
    const child = spawn(
      process.execPath,
      ["--conditions=@ganbox/source", "--import", import.meta.resolve("tsx"), script],
      { stdio: "ignore" },
    );
    const parts = `${path}.parts`;
    const finished = (): number =>
      existsSync(parts) ? readdirSync(parts).filter((name) => /^\d+\.mp4$/.test(name)).length : 0;
    while (finished() < 1 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    const kept = finished();
    expect(kept).toBeGreaterThanOrEqual(1);
    expect(existsSync(path)).toBe(false);
    let least = Number.POSITIVE_INFINITY;
    await writeMusicVideo(path, {
      ...{ models, song, size: [64, 64] },
      onProgress: ({ stage, done }) => {
        if (stage === "frames") least = Math.min(least, done);
      },
    });
    expect(least).toBe(kept * 304 + 1);
    expect(probe(path).video.nb_read_frames).toBe(String(24 * 30));
    expect(clicksIn(path).length).toBe(CLICKS.length);
    expect(existsSync(parts)).toBe(false);
  }, 120_000);

  it("stops on request, keeps the parts, and begins anew when something else is asked for", async () => {
    const path = join(folder, "stopped.mp4");
    const controller = new AbortController();
    const stopped = writeMusicVideo(path, {
      ...{ models, song: clicks(12), size: [32, 32], signal: controller.signal },
      onProgress: ({ stage, done }) => {
        if (stage === "frames" && done === 320) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow(CancelledError);
    await expect(stopped).rejects.toThrow(/stopped on request after 320 of 360 frames/);
    expect(readdirSync(`${path}.parts`)).toEqual(["00000.mp4", "plan.json"]);
    let first = 0;
    await writeMusicVideo(path, {
      ...{ models, song: clicks(12), size: [32, 32], seed: 5 },
      onProgress: ({ stage, done }) => {
        if (stage === "frames" && first === 0) first = done;
      },
    });
    expect(first).toBe(1);
    expect(probe(path).video.nb_read_frames).toBe("360");
  });

  it("takes several models, classes, all effects of its own and others", async () => {
    const classes = join(folder, "classes.onnx");
    writeFileSync(classes, tinyModel(["sea", "land", "sky"]));
    const seen: number[] = [];
    const black: Effect = {
      name: "black bar",
      on: "frame",
      apply: ({ width, height, data }, { time }) => {
        seen.push(time);
        const out = data.slice();
        out.fill(0, 0, 3 * width * 8);
        return { width, height, data: out };
      },
    };
    const path = join(folder, "all.mp4");
    await writeMusicVideo(path, {
      ...{
        models: [...models, classes],
        song: clicks(4),
        size: [64, 48],
        fps: 10,
        effects: [black],
      },
      ...{ follow: "pitch", cuts: 1, colour: 1, flash: 1, zoom: 1, speed: 1, fit: "contain" },
    });
    expect(seen.length).toBe(40);
    const { stdout } = spawnSync(
      "ffmpeg",
      ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"],
      { maxBuffer: 2 ** 26 },
    );
    // The bar above, and black left and right of the square picture.
    expect(stdout.subarray(0, 64 * 6).every((x) => x < 12)).toBe(true);
    expect(stdout[64 * 24 + 2]).toBeLessThan(12);
    expect(stdout[64 * 24 + 61]).toBeLessThan(12);
  });

  it("moves the clips of a video model on the clicks, and takes turns with pictures by section", async () => {
    const clips = join(folder, "clips.onnx");
    writeFileSync(clips, tinyVideoModel());
    // Clicks, then a chord: two sections.
    const sound = clickTrack(16);
    for (let i = 8 * RATE; i < sound.length; i++) {
      sound[i] = [220, 277, 330].reduce(
        (sum, hz) => sum + 0.2 * Math.sin((2 * Math.PI * hz * i) / RATE),
        0,
      );
    }
    const song = audioInMemory("two", [sound], RATE);
    const path = join(folder, "clips.mp4");
    let sections: SongAnalysis["sections"] = [];
    await writeMusicVideo(path, {
      ...{ models: [clips, ...models], song, size: [32, 32], motion: 0, pulse: 1, style: 0 },
      ...{ zoom: 0, flash: 0, colour: 0 },
      onAnalysis: (heard) => {
        sections = heard.sections;
      },
    });
    expect(sections.map(({ kind }) => kind)).toEqual([0, 1]);
    const change = changes(path, 32, 32);
    const near = (i: number, frames: number) =>
      CLICKS.some((time) => i >= time * 30 - 1 && i < time * 30 + frames);
    const mean = (of: number[]) => of.reduce((sum, x) => sum + x, 0) / of.length;
    const first = change.slice(1, 7 * 30);
    const at = mean(first.filter((_, i) => near(i + 1, 4)));
    expect(at).toBeGreaterThan(4 * mean(first.filter((_, i) => !near(i + 1, 12))));
    // The other model begins with the other section.
    const jump = change.indexOf(Math.max(...change));
    expect(Math.abs(jump - (sections[1]?.start ?? 0) * 30)).toBeLessThanOrEqual(1.01);
  });

  it("takes pictures that the network made larger first", async () => {
    const sizes = new Set<string>();
    const look: Effect = {
      name: "look",
      apply: (image) => {
        sizes.add(`${image.width}x${image.height}`);
        return image;
      },
    };
    const path = join(folder, "larger.mp4");
    const options = { models, song: clicks(1), size: [32, 32], effects: [look] } as const;
    await writeMusicVideo(path, { ...options, upscale: 4 });
    expect([...sizes]).toEqual(["64x64"]);
    expect(probe(path).video).toMatchObject({ width: 32, height: 32, nb_read_frames: "30" });
  });

  it("makes a film of silence", async () => {
    const path = join(folder, "silence.mp4");
    const song = audioInMemory("silence", [new Float32Array(RATE), new Float32Array(RATE)], RATE);
    await writeMusicVideo(path, { models, song, size: [32, 32], cuts: 1, follow: "pitch" });
    expect(probe(path).video.nb_read_frames).toBe("30");
  });

  it("refuses what cannot be", async () => {
    const path = join(folder, "none.mp4");
    const options = { models, song: clicks(2) };
    const refused = async (changed: object, error: unknown, message: RegExp, to = path) => {
      const writing = writeMusicVideo(to, { ...options, ...changed });
      await expect(writing).rejects.toThrow(error as typeof Error);
      await expect(writing).rejects.toThrow(message);
    };
    await refused({ models: [] }, ConfigError, /models: got none/);
    await refused({ models: ["absent.onnx"] }, CheckpointError, /absent\.onnx/);
    await refused({ pulse: 2 }, ConfigError, /pulse: .*(got 2)/);
    await refused({ size: [33, 32] }, ConfigError, /size: expected even numbers/);
    await refused({ upscale: 3 }, ConfigError, /upscale: expected 1, 2 or 4 \(got 3\)/);
    await refused({ puls: 1 }, ConfigError, /unknown option "puls", did you mean "pulse"\?/);
    await refused({ start: 3 }, ConfigError, /second 3 is after the end of clicks/);
    await refused({ song: "absent.wav" }, MediaError, /absent\.wav: .*no such file/);
    await refused({}, MediaError, /expected \.mp4 or \.webm/, join(folder, "film.gif"));
    await refused({ codec: "h264" }, MediaError, /webm films hold no h264/, join(folder, "f.webm"));
    const half = join(folder, "half.onnx");
    writeFileSync(half, tinyModel().subarray(0, 3000));
    await refused({ models: [half] }, CheckpointError, /half\.onnx/);
    mkdirSync(`${path}.parts`);
    writeFileSync(join(`${path}.parts`, "mine.txt"), "");
    await refused({}, MediaError, /none\.mp4\.parts: .*holds something else/);
    expect(existsSync(join(`${path}.parts`, "mine.txt"))).toBe(true);
  });
});
