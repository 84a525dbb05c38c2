import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MediaError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type AudioSource, audioInMemory } from "./audio.ts";
import { monoMixer, stereoMixer } from "./mix.ts";
import { type AudioBackendName, openAudio } from "./open.node.ts";
import { Resampler } from "./resample.ts";
import { soundtrack } from "./soundtrack.ts";
import { encodeWav } from "./wav.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-audio-"));
afterAll(() => rmSync(folder, { recursive: true }));

const hasFfmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
const hasMediabunny = await import("@mediabunny/server").then(
  () => true,
  () => false,
);
const BACKENDS: AudioBackendName[] = [
  ...(hasFfmpeg ? (["ffmpeg"] as const) : []),
  ...(hasMediabunny ? (["mediabunny"] as const) : []),
];

const RATE = 44_100;

/** A sine that becomes louder, so that any shift in time shows. */
const tone = (seconds: number, f = 441, rate = RATE): Float32Array =>
  Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * f * i) / rate) * Math.min(1, i / rate),
  );

async function readAll(
  source: AudioSource,
  range?: Parameters<AudioSource["read"]>[0],
): Promise<Float32Array[]> {
  const parts: number[][] = Array.from({ length: source.channels }, () => []);
  for await (const chunk of source.read(range)) {
    for (const [c, samples] of chunk.entries()) for (const x of samples) parts[c]!.push(x);
  }
  return parts.map((part) => Float32Array.from(part));
}

/** Largest difference of the common length. */
const difference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => (i < b.length ? Math.max(most, Math.abs(x - b[i]!)) : most), 0);

function ffmpeg(...args: string[]): void {
  const { status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-y", ...args], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
}

describe("openAudio on WAV", () => {
  it("reads what encodeWav writes, in parts", async () => {
    const [left, right] = [tone(1), tone(1, 100)];
    const path = join(folder, "own.wav");
    writeFileSync(path, encodeWav([left, right], RATE));
    const source = await openAudio(path);
    expect(source).toMatchObject({ sampleRate: RATE, channels: 2, seconds: 1 });
    const all = await readAll(source);
    expect(difference(all[0]!, left)).toBeLessThan(1e-4);
    expect(difference(all[1]!, right)).toBeLessThan(1e-4);
    const [part] = await readAll(source, { start: 0.25, seconds: 0.5 });
    expect(part!.length).toBe(22_050);
    expect(difference(part!, all[0]!.subarray(11_025))).toBe(0);
    expect(await readAll(source, { start: 2 })).toEqual([new Float32Array(), new Float32Array()]);
  });

  it.skipIf(!hasFfmpeg).each([
    ["pcm_u8", 1, 8000, 0.01],
    ["pcm_s16le", 2, 22_050, 1e-4],
    ["pcm_s24le", 1, 96_000, 1e-6],
    ["pcm_s32le", 8, 48_000, 1e-6],
    ["pcm_f32le", 6, 192_000, 1e-6],
    ["pcm_f64le", 1, 44_100, 1e-6],
  ])(
    "reads %s with %d channels at %d Hz (skipped without ffmpeg)",
    async (codec, channels, rate, error) => {
      const path = join(folder, `${codec}.wav`);
      writeFileSync(join(folder, "in.wav"), encodeWav([tone(0.5, 441, rate)], rate));
      const layout = Array.from({ length: channels }, (_, c) => `c${c}=c0`).join("|");
      const name = ["", "mono", "stereo", "", "", "", "5.1", "", "7.1"][channels];
      ffmpeg("-i", join(folder, "in.wav"), "-af", `pan=${name}|${layout}`, "-c:a", codec, path);
      const source = await openAudio(path);
      expect(source).toMatchObject({ sampleRate: rate, channels, seconds: 0.5 });
      const all = await readAll(source);
      const want = (await readAll(await openAudio(join(folder, "in.wav"))))[0]!;
      for (const channel of all) expect(difference(channel, want)).toBeLessThan(error);
    },
  );

  it("reads a file that was cut off, or written to a pipe", async () => {
    const bytes = encodeWav([tone(1)], RATE);
    const cut = join(folder, "cut.wav");
    writeFileSync(cut, bytes.subarray(0, 44 + 2 * 1001 + 1));
    expect((await readAll(await openAudio(cut)))[0]!.length).toBe(1001);
    new DataView(bytes.buffer).setUint32(40, 0xffffffff, true);
    writeFileSync(cut, bytes);
    expect((await readAll(await openAudio(cut)))[0]!.length).toBe(RATE);
  });

  it.each<[string, (fields: DataView) => void, number, RegExp]>([
    ["no channels", (f) => f.setUint16(22, 0, true), 1000, /0 channels/],
    ["a wild rate", (f) => f.setUint32(24, 5, true), 1000, /a sample rate of 5 Hz/],
    ["odd bits", (f) => f.setUint16(34, 12, true), 1000, /integer samples of 12 bits/],
    ["no data", () => undefined, 36, /no data chunk/],
    ["nothing", () => undefined, 12, /no format chunk/],
    ["a short format", (f) => f.setUint32(16, 4, true), 1000, /a format chunk of 4 bytes/],
  ])("refuses one with %s", async (_, change, length, message) => {
    const path = join(folder, "odd.wav");
    const bytes = encodeWav([tone(0.1)], RATE);
    change(new DataView(bytes.buffer));
    writeFileSync(path, bytes.subarray(0, length));
    const opening = openAudio(path);
    await expect(opening).rejects.toThrow(MediaError);
    await expect(opening).rejects.toThrow(message);
  });
});

describe.skipIf(!hasFfmpeg)("openAudio on coded sound (skipped without ffmpeg)", () => {
  const CODED = [
    ["song.mp3", ["-c:a", "libmp3lame"], 0.06],
    ["song.flac", [], 1e-4],
    ["song.ogg", ["-c:a", "libvorbis"], 0.03],
    ["song.opus", ["-c:a", "libopus"], 0.03],
    ["song.m4a", ["-c:a", "aac"], 0.03],
  ] as const;

  it.each(BACKENDS.flatMap((backend) => CODED.map((one) => [backend, ...one] as const)))(
    "reads with %s: %s",
    async (backend, name, coding, seconds) => {
      const input = join(folder, "coded.wav");
      const noise = new Random(5);
      const sound = tone(4, 300).map((x) => x + 0.01 * noise.normal());
      writeFileSync(input, encodeWav([sound, sound], RATE));
      const path = join(folder, name);
      ffmpeg("-i", input, ...coding, path);
      const source = await openAudio(path, backend);
      const all = await readAll(source);
      expect(Math.abs(all[0]!.length / source.sampleRate - 4)).toBeLessThanOrEqual(seconds);
      const [part] = await readAll(source, { start: 1, seconds: 2 });
      expect(Math.abs(part!.length / source.sampleRate - 2)).toBeLessThan(0.03);
      const power = part!.reduce((sum, x) => sum + x * x, 0) / part!.length;
      expect(Math.abs(power - 0.125)).toBeLessThan(0.02);
    },
  );

  it.each(BACKENDS)("names what is wrong, with %s", async (backend) => {
    const garbage = join(folder, "garbage.mp3");
    const noise = new Random(7);
    writeFileSync(
      garbage,
      Uint8Array.from({ length: 5000 }, () => noise.integer(256)),
    );
    const silentFilm = join(folder, "film.mp4");
    ffmpeg("-f", "lavfi", "-i", "color=red:s=16x16:d=0.2", "-c:v", "libx264", silentFilm);
    const read = async (path: string) => await readAll(await openAudio(path, backend));
    await expect(read(garbage)).rejects.toThrow(/garbage\.mp3: .*(cannot be decoded|no sound)/);
    await expect(read(silentFilm)).rejects.toThrow(/film\.mp4: the file has no sound/);
  });

  it.each(BACKENDS)("plays what is left of a damaged song, with %s", async (backend) => {
    const input = join(folder, "long.wav");
    const noise = new Random(2);
    writeFileSync(input, encodeWav([tone(6).map((x) => x + 0.1 * noise.normal())], RATE));
    const path = join(folder, "damaged.ogg");
    ffmpeg("-i", input, "-c:a", "libvorbis", path);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const source = await openAudio(path, backend);
    const [left] = await readAll(source);
    expect(left!.length / source.sampleRate).toBeGreaterThan(0.4);
  });
});

describe("openAudio, given what it cannot be,", () => {
  it("refuses nothing, folders and empty files, and names both remedies without a decoder", async () => {
    await expect(openAudio(join(folder, "none.ogg"))).rejects.toThrow(
      /none\.ogg: the song cannot be read \(there is no such file\)/,
    );
    mkdirSync(join(folder, "folder.ogg"), { recursive: true });
    await expect(openAudio(join(folder, "folder.ogg"))).rejects.toThrow(/it is a folder/);
    writeFileSync(join(folder, "empty.ogg"), "");
    await expect(openAudio(join(folder, "empty.ogg"))).rejects.toThrow(/it is empty/);
    writeFileSync(join(folder, "song.xyz"), "words");
    const path = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(openAudio(join(folder, "song.xyz"), "ffmpeg")).rejects.toThrow(
        /nothing here can decode it \(no ffmpeg on the PATH\).*npm install mediabunny @mediabunny\/server.*install ffmpeg/,
      );
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("Resampler", () => {
  it.each([
    [44_100, 22_050],
    [48_000, 22_050],
    [8000, 48_000],
    [192_000, 22_050],
    [44_100, 48_000],
    [22_050, 22_050],
  ])("turns %d Hz into %d Hz: a sine stays a sine, in time, whatever the pieces", (from, to) => {
    const sine = (rate: number, count: number) =>
      Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * 1234 * i) / rate));
    const input = sine(from, from / 2);
    const resampler = new Resampler(from, to);
    const out: number[] = [];
    const random = new Random(from);
    for (let at = 0; at < input.length; ) {
      const end = at + random.integer(2000);
      out.push(...resampler.add(input.subarray(at, end)));
      at = Math.min(end, input.length);
    }
    out.push(...resampler.finish());
    expect(out.length).toBe(to / 2);
    const want = sine(to, out.length);
    const edge = Math.round(to / 100);
    const middle = Float32Array.from(out).subarray(edge, -edge);
    expect(difference(middle, want.subarray(edge))).toBeLessThan(1e-4);
  });

  it("removes what the lower rate cannot hold", () => {
    const high = Float32Array.from({ length: 48_000 }, (_, i) =>
      Math.sin((2 * Math.PI * 13_000 * i) / 48_000),
    );
    const out = new Resampler(48_000, 22_050).add(high).subarray(1000);
    expect(Math.max(...out.map(Math.abs))).toBeLessThan(1e-3);
  });
});

describe("mixers", () => {
  const unit = (channels: number, on: number) =>
    Array.from({ length: channels }, (_, c) => Float32Array.of(c === on ? 1 : 0));

  it("puts each channel where it belongs, in both orders", () => {
    const wave = stereoMixer("test", 6, "wave");
    const vorbis = stereoMixer("test", 6, "vorbis");
    const centre = 1 / (1 + 2 * Math.SQRT1_2) / Math.SQRT2;
    expect(wave(unit(6, 2))[0]![0]).toBeCloseTo(centre, 5);
    expect(vorbis(unit(6, 1))[1]![0]).toBeCloseTo(centre, 5);
    expect(wave(unit(6, 3))).toEqual([Float32Array.of(0), Float32Array.of(0)]);
    expect(vorbis(unit(6, 5))).toEqual([Float32Array.of(0), Float32Array.of(0)]);
    expect(wave(unit(6, 4))[1]![0]).toBe(0);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("does not clip %d channels", (channels) => {
    const full = Array.from({ length: channels }, () => Float32Array.of(1));
    const mono = monoMixer("test", channels, "wave")(full)[0]!;
    expect(mono).toBeLessThanOrEqual(1.000001);
    expect(mono).toBeGreaterThan(0.9);
  });

  it("refuses 9", () => {
    expect(() => stereoMixer("song", 9, "wave")).toThrow(/song: the sound has 9 channels/);
  });
});

describe("soundtrack", () => {
  it("is exactly as long as asked for, at 48 kHz", async () => {
    const source = audioInMemory("test", [tone(1)], RATE);
    let frames = 0;
    let last = 1;
    for await (const [left, right] of soundtrack(source, { start: 0.5, seconds: 1.25 })) {
      expect(right!.length).toBe(left!.length);
      frames += left!.length;
      last = left!.at(-1) ?? last;
    }
    expect(frames).toBe(60_000);
    expect(last).toBe(0);
  });
});
