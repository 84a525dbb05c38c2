import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { formatOfModel, RANGE_DB, samplesOf, secondsOf } from "./format.ts";
import { LogMel } from "./log-mel.ts";
import { MelBands } from "./mel.ts";
import { Stft } from "./stft.ts";

const format = { sampleRate: 22_050, window: 1024, hop: 320, bands: 64, frames: 32 } as const;

const sine = (hertz: number, level = 1): Float32Array =>
  new Float32Array(samplesOf(format)).map(
    (_, i) => level * Math.sin((2 * Math.PI * hertz * i) / format.sampleRate),
  );

describe("Stft", () => {
  it("is undone by its inverse, also where the window is no power of 2", () => {
    for (const window of [1024, 900]) {
      const stft = new Stft({ ...format, window });
      const noise = new Random(1).fillNormal(new Float32Array(samplesOf(format)));
      const back = stft.inverse(stft.forward(noise));
      expect(back).toHaveLength(noise.length);
      expect(Math.max(...noise.map((x, i) => Math.abs((back[i] ?? 0) - x)))).toBeLessThan(1e-5);
    }
  });

  it("shows a sine of full scale at its frequency", () => {
    const stft = new Stft(format);
    const bin = 40;
    const { re, im } = stft.forward(sine((bin * format.sampleRate) / 1024));
    const at = (k: number): number =>
      Math.hypot(re[10 * stft.bins + k] ?? 0, im[10 * stft.bins + k] ?? 0);
    expect(at(bin) / stft.fullScale).toBeCloseTo(1, 3);
    expect(at(bin + 4) / stft.fullScale).toBeLessThan(0.01);
  });
});

describe("MelBands", () => {
  it("finds a spectrum that has given bands", () => {
    const bands = new MelBands(format, 513);
    const random = new Random(2);
    const spectrum = new Float64Array(513).map(
      (_, k) => (k % 37 === 5 ? 10 : 0.01) * random.uniform(),
    );
    const wanted = new Float64Array(bands.count);
    bands.apply(spectrum, wanted);
    const found = bands.invert(wanted);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    const again = new Float64Array(bands.count);
    bands.apply(found, again);
    const errors = wanted.map((level, b) => Math.abs(20 * Math.log10((again[b] ?? 0) / level)));
    expect(Math.max(...errors)).toBeLessThan(6); // [dB]
    expect(errors.reduce((sum, x) => sum + x, 0) / errors.length).toBeLessThan(0.5);
  });
});

describe("LogMel", () => {
  const logMel = new LogMel(format);
  const pictureOf = (samples: Float32Array): Uint8Array => {
    const grey = new Uint8Array(format.bands * format.frames);
    logMel.picture(samples, grey);
    return grey;
  };
  const brightestRow = (grey: Uint8Array): number => {
    const column = Array.from(
      { length: format.bands },
      (_, row) => grey[row * format.frames + 16] ?? 0,
    );
    return column.indexOf(Math.max(...column));
  };

  it("draws high sounds above low ones, and 20 dB as a quarter of the range", () => {
    expect(brightestRow(pictureOf(sine(200)))).toBeGreaterThan(
      brightestRow(pictureOf(sine(4000))) + 20,
    );
    const [loud, soft] = [pictureOf(sine(1000)), pictureOf(sine(1000, 0.1))];
    const at = brightestRow(loud) * format.frames + 16;
    expect((loud[at] ?? 0) - (soft[at] ?? 0)).toBeCloseTo((255 * 20) / RANGE_DB, -0.5);
    expect(pictureOf(new Float32Array(samplesOf(format))).every((value) => value === 0)).toBe(true);
  });

  it("turns black into silence", () => {
    expect(
      logMel.magnitudes(new Uint8Array(format.bands * format.frames)).every((x) => x === 0),
    ).toBe(true);
  });
});

describe("formatOfModel", () => {
  it("reads a model's numbers, and refuses what no sound has", () => {
    const extra = { sampleRate: 22_050, window: 1024, hop: 320 };
    const known = formatOfModel({ height: 96, width: 64, extra }, "model.onnx");
    expect(known).toEqual({ ...extra, bands: 96, frames: 64 });
    expect(secondsOf(known)).toBeCloseTo(0.929, 3);
    for (const wrong of [{}, { ...extra, hop: 2000 }, { ...extra, sampleRate: 0.5 }])
      expect(() => formatOfModel({ height: 96, width: 64, extra: wrong }, "model.onnx")).toThrow(
        /^model.onnx: the model gives no usable format of sound/,
      );
  });
});
