import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import { MediaError, RuntimeUnavailableError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import type { Image } from "./image.ts";
import { openVideo, type VideoOptions, videoBackends } from "./video.node.ts";
import type { VideoBackendName } from "./video-backend.ts";
import { FfmpegEncoder } from "./video-ffmpeg.node.ts";
import { toI420 } from "./video-yuv.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-video-"));
afterAll(() => rmSync(folder, { recursive: true }));

const backends = await videoBackends();
const hasFfmpeg = backends.some(({ name, codecs }) => name === "ffmpeg" && codecs.length > 0);
const hasTools = hasFfmpeg && spawnSync("ffprobe", ["-version"]).status === 0;

/** Containers that each backend on this machine can write. */
const CASES = backends.flatMap(({ name, codecs }) => [
  ...(codecs.includes("h264") ? [{ backend: name, extension: "mp4", codec: "h264" }] : []),
  ...(codecs.includes("vp9") ? [{ backend: name, extension: "webm", codec: "vp9" }] : []),
]);

/** Four quarters of saturated colour: what a wrong matrix or range would shift. */
const QUARTERS = [
  [200, 40, 60],
  [30, 180, 70],
  [40, 60, 210],
  [235, 220, 40],
] as const;

/** The quarters, and a grey bar that moves down by one row a frame. */
function frameAt(index: number, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quarter = QUARTERS[(2 * y < height ? 0 : 2) + (2 * x < width ? 0 : 1)]!;
      data.set(y === index % height ? [128, 128, 128] : quarter, (y * width + x) * 3);
    }
  }
  return { width, height, data };
}

/** Smooth noise in luminance and colour, like a small generated picture: hard on a low bit rate. */
function softNoise(seed: number, size: number): Image {
  const random = new Random(seed);
  const grid = new Float32Array(9 * 9 * 3).map(() => random.uniform() * 255);
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < data.length; i++) {
    const [x, y, c] = [(((i / 3) | 0) % size) / size, Math.floor(i / 3 / size) / size, i % 3];
    const at = (dx: number, dy: number) =>
      grid[((Math.floor(y * 8) + dy) * 9 + Math.floor(x * 8) + dx) * 3 + c] as number;
    const [u, v] = [(x * 8) % 1, (y * 8) % 1];
    data[i] =
      (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
  }
  return { width: size, height: size, data };
}

async function writeFilm(
  path: string,
  frames: readonly Image[],
  options: Omit<VideoOptions, "width" | "height">,
) {
  const { width, height } = frames[0]!;
  const video = await openVideo(path, { width, height, ...options });
  for (const frame of frames) await video.write(frame);
  await video.close();
}

/** What ffprobe says about the film's only stream, all frames decoded. */
function probe(path: string): Record<string, string | number> {
  const args = [
    "-v",
    "error",
    "-count_frames",
    "-show_streams",
    "-show_format",
    "-of",
    "json",
    path,
  ];
  const { stdout, stderr } = spawnSync("ffprobe", args, { encoding: "utf8" });
  expect(stderr).toBe("");
  const { streams, format } = JSON.parse(stdout);
  expect(streams.length).toBe(1);
  return { ...streams[0], seconds: Number(format.duration) };
}

/** All frames, decoded by ffmpeg: as RGB with the colours that the file is tagged with, or the planes as they are. */
function decode(path: string, pixels: "rgb24" | "yuv420p", frameBytes: number): Uint8Array[] {
  const args = ["-v", "error", "-i", path, "-sws_flags", "accurate_rnd+full_chroma_int"];
  const { stdout } = spawnSync("ffmpeg", [...args, "-f", "rawvideo", "-pix_fmt", pixels, "-"], {
    maxBuffer: 2 ** 28,
  });
  return Array.from({ length: stdout.length / frameBytes }, (_, i) =>
    stdout.subarray(i * frameBytes, (i + 1) * frameBytes),
  );
}

/** Peak signal-to-noise ratio [dB]. */
function psnr(a: Uint8Array, b: Uint8Array): number {
  const squares = a.reduce((sum, v, i) => sum + (v - (b[i] ?? 0)) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * a.length) / squares);
}

/** Mean colour of the inside of a quarter. */
function quarterMean(data: Uint8Array, size: number, quarter: number): number[] {
  const [left, top] = [(quarter % 2) * (size / 2), Math.floor(quarter / 2) * (size / 2)];
  const sum = [0, 0, 0];
  let count = 0;
  for (let y = top + 4; y < top + size / 2 - 4; y++) {
    for (let x = left + 4; x < left + size / 2 - 4; x++) {
      for (let c = 0; c < 3; c++) sum[c]! += data[(y * size + x) * 3 + c]!;
      count++;
    }
  }
  return sum.map((v) => v / count);
}

describe("toI420", () => {
  const plain = (colour: readonly number[], size = 2): Image => ({
    width: size,
    height: size,
    data: Uint8Array.from({ length: size * size * 3 }, (_, i) => colour[i % 3]!),
  });

  // The 8-bit values of ITU-R BT.709's colour bars at full amplitude.
  it.each([
    [
      [255, 255, 255],
      [235, 128, 128],
    ],
    [
      [0, 0, 0],
      [16, 128, 128],
    ],
    [
      [255, 0, 0],
      [63, 102, 240],
    ],
    [
      [0, 255, 0],
      [173, 42, 26],
    ],
    [
      [0, 0, 255],
      [32, 240, 118],
    ],
    [
      [255, 255, 0],
      [219, 16, 138],
    ],
  ])("gives BT.709 values: %j", (rgb, [y, cb, cr]) => {
    expect([...toI420(plain(rgb))]).toEqual([y, y, y, y, cb, cr]);
  });

  it("samples chroma at the left pixel of each pair", () => {
    const image = { ...plain([0, 0, 0], 4), data: new Uint8Array(48) };
    for (let y = 0; y < 4; y++) image.data[(y * 4 + 2) * 3] = 255; // column 2 is red
    const cr = [...toI420(image).subarray(20)];
    expect(cr).toEqual([128, 184, 128, 184]); // half of 240 - 128 at its own sample, nothing at column 0's
  });

  it("repeats the last row and column of odd sizes", () => {
    const image = { width: 3, height: 1, data: Uint8Array.of(0, 0, 0, 0, 0, 0, 255, 255, 255) };
    expect([...toI420(image)]).toEqual([16, 16, 235, 235, 16, 16, 235, 235, 128, 128, 128, 128]);
  });
});

describe.skipIf(!hasTools)(
  "openVideo, judged by ffprobe and ffmpeg (skipped without them),",
  () => {
    it.each(CASES)(
      "writes $extension with $backend: every frame, at its size, rate and colours",
      async ({ backend, extension, codec }) => {
        const path = join(folder, `${backend}-${codec}.${extension}`);
        const frames = Array.from({ length: 30 }, (_, i) => frameAt(i, 64, 64));
        await writeFilm(path, frames, { fps: 30, backend });
        const stream = probe(path);
        expect(stream).toMatchObject({
          codec_name: codec,
          width: 64,
          height: 64,
          pix_fmt: "yuv420p",
          avg_frame_rate: "30/1",
          nb_read_frames: "30",
          color_range: "tv",
          color_space: "bt709",
          color_primaries: "bt709",
          color_transfer: "bt709",
        });
        expect(stream.seconds).toBeCloseTo(1, 1);
        const decoded = decode(path, "rgb24", 64 * 64 * 3);
        expect(decoded.length).toBe(30);
        for (const [i, frame] of decoded.entries()) {
          for (let quarter = 0; quarter < 4; quarter++) {
            const expected = quarterMean(frames[i]!.data, 64, quarter);
            for (const [c, value] of quarterMean(frame, 64, quarter).entries()) {
              expect(Math.abs(value - expected[c]!), `frame ${i}, quarter ${quarter}`).toBeLessThan(
                3,
              );
            }
          }
        }
      },
    );

    it.each(CASES)(
      "keeps small pictures of odd sizes crisp in $extension with $backend",
      async ({ backend, extension }) => {
        const path = join(folder, `crisp-${backend}.${extension}`);
        const frames = Array.from({ length: 12 }, (_, i) => softNoise(i >> 2, 63));
        await writeFilm(path, frames, { fps: 12.5, backend });
        expect(probe(path)).toMatchObject({ avg_frame_rate: "25/2", width: 64, height: 64 });
        for (const [i, frame] of decode(path, "yuv420p", 64 * 64 * 1.5).entries()) {
          expect(psnr(frame, toI420(frames[i]!)), `frame ${i}`).toBeGreaterThan(40);
        }
        const small = join(folder, `small-${backend}.${extension}`);
        await writeFilm(small, frames, { fps: 12.5, backend, quality: 20 });
        expect(readFileSync(small).length).toBeLessThan(0.7 * readFileSync(path).length);
      },
    );
  },
);

describe("openVideo", () => {
  it("writes a looping gif with the film's length and colours", async () => {
    const path = join(folder, "deep", "film.gif");
    const frames = Array.from({ length: 30 }, (_, i) =>
      i < 15 ? frameAt(i, 63, 47) : softNoiseAt(i),
    );
    await writeFilm(path, frames, { fps: 30 });
    const { pages, delay, loop, width, pageHeight } = await sharp(path, {
      animated: true,
    }).metadata();
    expect({ pages, loop, width, pageHeight }).toEqual({
      pages: 30,
      loop: 0,
      width: 63,
      pageHeight: 47,
    });
    expect(delay?.reduce((sum, ms) => sum + ms, 0)).toBe(1000);
    for (const page of [0, 1, 14, 15, 29]) {
      const decoded = await sharp(path, { page }).removeAlpha().raw().toBuffer();
      expect(psnr(decoded, frames[page]!.data), `frame ${page}`).toBeGreaterThan(28);
    }
  });

  it("writes the frame as it is when write() is called, although its array is used again", async () => {
    const path = join(folder, "reused.gif");
    const frame = { width: 8, height: 8, data: new Uint8Array(8 * 8 * 3) };
    const video = await openVideo(path, { width: 8, height: 8, fps: 10 });
    for (const level of [10, 90, 170, 250]) {
      frame.data.fill(level);
      await video.write(frame);
    }
    await video.close();
    const levels = await Promise.all(
      [0, 1, 2, 3].map(
        async (page) => (await sharp(path, { page }).removeAlpha().raw().toBuffer())[0],
      ),
    );
    for (const [i, level] of [10, 90, 170, 250].entries()) {
      expect(Math.abs(levels[i]! - level)).toBeLessThanOrEqual(2);
    }
  });

  it.each<{ extension: string; backend?: VideoBackendName }>([{ extension: "gif" }, ...CASES])(
    "leaves no file after abort, a film without frames, or before close ($extension, $backend)",
    async ({ extension, backend }) => {
      const place = mkdtempSync(join(folder, "end-"));
      const name = `film.${extension}`;
      const path = join(place, name);
      const options = { width: 16, height: 16, fps: 10, ...(backend && { backend }) };
      const empty = await openVideo(path, options);
      await expect(empty.close()).rejects.toThrow(/the film has no frames, expected at least 1/);
      expect(readdirSync(place)).toEqual([]);
      writeFileSync(path, "the film before");
      const video = await openVideo(path, options);
      await video.write(frameAt(0, 16, 16));
      expect(readFileSync(path, "utf8")).toBe("the film before");
      await video.abort();
      await video.abort();
      expect(readdirSync(place)).toEqual([name]);
      await expect(video.write(frameAt(0, 16, 16))).rejects.toThrow(/the film has ended/);
      await expect(video.close()).rejects.toThrow(MediaError);
    },
  );
});

describe("openVideo, asked for what cannot be,", () => {
  it("refuses a frame that does not fit, and goes on", async () => {
    const path = join(folder, "sizes.gif");
    const video = await openVideo(path, { width: 16, height: 16, fps: 10 });
    await video.write(frameAt(0, 16, 16));
    await expect(video.write(frameAt(0, 16, 8))).rejects.toThrow(
      /sizes\.gif: frame 1 is 16x8, expected 16x16 like the film/,
    );
    const short = { width: 16, height: 16, data: new Uint8Array(10) };
    await expect(video.write(short)).rejects.toThrow(/frame 1 has 10 bytes, expected 768/);
    await video.write(frameAt(1, 16, 16));
    await video.close();
    expect((await sharp(path, { animated: true }).metadata()).pages).toBe(2);
  });

  it.each<[string, Partial<VideoOptions>, RegExp]>([
    ["film.avi", {}, /films are not written as "\.avi", expected one of \.mp4, \.webm, \.gif/],
    ["film", {}, /films are not written as ""/],
    ["film.gif", { width: 0 }, /width is 0, expected a whole number of pixels from 1 to 16384/],
    ["film.mp4", { height: 2.5 }, /height is 2\.5/],
    ["film.gif", { fps: 60 }, /fps is 60, expected a number from 0\.01 to 50/],
    ["film.mp4", { fps: Number.NaN }, /fps is NaN/],
    ["film.mp4", { quality: 101 }, /quality is 101, expected a number from 0 to 100/],
  ])("refuses %s with %j", async (name, options, message) => {
    const opening = openVideo(join(folder, name), { width: 16, height: 16, fps: 10, ...options });
    await expect(opening).rejects.toThrow(MediaError);
    await expect(opening).rejects.toThrow(message);
  });

  it("says at once when the file cannot be written", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const inFile = openVideo(join(file, "film.gif"), { width: 16, height: 16, fps: 10 });
    await expect(inFile).rejects.toThrow(
      /film\.gif: the film cannot be written \(.*Check the folder/,
    );
    mkdirSync(join(folder, "folder.gif"));
    const asFolder = openVideo(join(folder, "folder.gif"), { width: 16, height: 16, fps: 10 });
    await expect(asFolder).rejects.toThrow(/a folder has this name/);
    expect(existsSync(join(folder, "folder.gif.partial"))).toBe(false);
  });

  it("names both remedies when nothing can encode", async () => {
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      const opening = openVideo(join(folder, "none.mp4"), {
        width: 16,
        height: 16,
        fps: 10,
        backend: "ffmpeg",
      });
      await expect(opening).rejects.toThrow(RuntimeUnavailableError);
      await expect(opening).rejects.toThrow(
        /nothing here can encode mp4 films \(no ffmpeg on the PATH\).*npm install mediabunny @mediabunny\/server.*install ffmpeg/,
      );
    } finally {
      process.env.PATH = path;
    }
  });

  it.skipIf(!hasFfmpeg)(
    "passes on what ffmpeg complains about (skipped without ffmpeg)",
    async () => {
      const settings = {
        container: "mp4",
        codec: "h264",
        width: 16,
        height: 16,
        fps: 10,
        quality: 80,
      } as const;
      const encoder = new FfmpegEncoder({ ...settings, path: join(folder, "missing", "film.mp4") });
      const writing = (async () => {
        for (let i = 0; i < 100; i++) await encoder.add(frameAt(i, 16, 16));
        await encoder.finish();
      })();
      await expect(writing).rejects.toThrow(/No such file or directory/);
    },
  );
});

function softNoiseAt(seed: number): Image {
  const { data } = softNoise(seed, 63);
  return { width: 63, height: 47, data: data.slice(0, 63 * 47 * 3) };
}
