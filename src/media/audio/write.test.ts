import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CancelledError, MediaError, RuntimeUnavailableError } from "../../base/errors.ts";
import { loadMediabunny } from "../mediabunny.node.ts";
import { type AudioSource, audioInMemory } from "./audio.ts";
import { hasFfmpeg } from "./ffmpeg-source.node.ts";
import { type AudioBackendName, openAudio } from "./open.node.ts";
import { AUDIO_EXTENSIONS, writeAudio } from "./write.node.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-write-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BACKENDS: AudioBackendName[] = [
  ...((await hasFfmpeg()) ? (["ffmpeg"] as const) : []),
  ...(await loadMediabunny().then(
    () => ["mediabunny"] as const,
    () => [],
  )),
];

const RATE = 44_100;

const sine = (f: number): Float32Array =>
  Float32Array.from({ length: 1.5 * RATE }, (_, i) => 0.5 * Math.sin((2 * Math.PI * f * i) / RATE));

/** A sine on the left, silence on the right. */
const sound = audioInMemory("sound", [sine(441), new Float32Array(1.5 * RATE)], RATE);

/** Root mean square of each channel, and the length [s]. */
async function heard(source: AudioSource): Promise<{ levels: number[]; seconds: number }> {
  const sums = Array<number>(source.channels).fill(0);
  let frames = 0;
  for await (const chunk of source.read()) {
    for (const [c, samples] of chunk.entries())
      sums[c] = samples.reduce((sum, x) => sum + x * x, sums[c] as number);
    frames += chunk[0]?.length ?? 0;
  }
  return { levels: sums.map((s) => Math.sqrt(s / frames)), seconds: frames / source.sampleRate };
}

const cases = BACKENDS.flatMap((backend) => AUDIO_EXTENSIONS.map((ext) => [ext, backend] as const));

describe("writeAudio", () => {
  it.each(cases)("writes %s with %s", async (extension, backend) => {
    const path = join(folder, "new", `${backend}${extension}`);
    let seconds = 0;
    await writeAudio(path, sound, {
      backend,
      onProgress: (done) => {
        seconds = done;
      },
    });
    expect(seconds).toBeCloseTo(1.5, 6);
    const { levels, seconds: length } = await heard(await openAudio(path));
    expect(length).toBeGreaterThan(1.49);
    expect(length).toBeLessThan(1.6);
    expect(levels[0]).toBeGreaterThan(0.33);
    expect(levels[0]).toBeLessThan(0.36);
    expect(levels[1]).toBeLessThan(0.01);
  });

  it("says what to install where nothing can encode", async () => {
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      const written = writeAudio(join(folder, "c.mp3"), sound, { backend: "ffmpeg" });
      await expect(written).rejects.toBeInstanceOf(RuntimeUnavailableError);
      await expect(written).rejects.toThrow("npm install mediabunny @mediabunny/server");
    } finally {
      process.env.PATH = path;
    }
  });

  it("says what it cannot write, and leaves nothing", async () => {
    await expect(writeAudio(join(folder, "a.mp4"), sound)).rejects.toThrow(
      'sound is not written as ".mp4", expected one of .wav, .mp3, .flac, .ogg',
    );
    writeFileSync(join(folder, "file"), "");
    await expect(writeAudio(join(folder, "file", "a.wav"), sound)).rejects.toThrow(MediaError);
    const broken: AudioSource = {
      ...sound,
      async *read() {
        yield [sine(1), sine(1)];
        throw new MediaError("sound: damaged.");
      },
    };
    const stopped = { signal: AbortSignal.abort() };
    for (const name of ["b.wav", "b.flac"]) {
      await expect(writeAudio(join(folder, name), broken)).rejects.toThrow("sound: damaged.");
      await expect(writeAudio(join(folder, name), sound, stopped)).rejects.toThrow(CancelledError);
      expect(existsSync(join(folder, name))).toBe(false);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});
