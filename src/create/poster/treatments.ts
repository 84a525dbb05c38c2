/** @file Ways to print a small picture large: pure functions from a picture and its palette to rows of any size. */
import type { Image } from "../../media/image.ts";
import { type Lab, mix, toLab, toRgb } from "./colour.ts";
import { kuwahara } from "./kuwahara.ts";
import type { Palette } from "./palette.ts";
import { enlarged, type Field, fieldOf, grain, type Rows } from "./rows.ts";

/** A treatment: how the picture `art` is printed at `width` x `height` pixels. The same seed gives the same grain. */
export type Treatment = (
  art: Image,
  palette: Palette,
  size: { readonly width: number; readonly height: number },
  seed: number,
) => Rows;

/** Strength of grain, 0..255. */
const GRAIN = 7;

/** Colours as they are, flattened like brush strokes, so that the noise of the model does not show, with grain. */
const painted: Treatment = (art, _, { width, height }, seed) => {
  const radius = Math.max(2, Math.round(Math.min(art.width, art.height) / 80));
  const strokes = kuwahara(kuwahara(fieldOf(art), radius), radius);
  const smooth = enlarged(blurred(strokes, Math.ceil(radius / 3)), width, height);
  const noise = grain(seed, width, height);
  return {
    width,
    height,
    row: (y, out) => {
      const [line, grains] = [smooth(y), noise(y)];
      for (let i = 0; i < out.length; i++)
        out[i] = (line[i] as number) + GRAIN * (grains[Math.floor(i / 3)] as number);
    },
  };
};

/** Lightness in the palette's colours, without steps. */
const duotone: Treatment = (art, { ramp }, { width, height }, seed) => {
  const light = enlarged(blurred(stretched(lightnessOf(art)), 1), width, height);
  const noise = grain(seed, width, height);
  const colours = gradient(ramp);
  return {
    width,
    height,
    row: (y, out) => {
      const [line, grains] = [light(y), noise(y)];
      for (let x = 0; x < width; x++)
        put(out, x, colours, (line[x] as number) + (GRAIN / 255) * (grains[x] as number));
    },
  };
};

/** Five flat inks with sharp edges, like a screen print. Each takes about as much of the paper. */
const screenprint: Treatment = (art, { ramp }, { width, height }, seed) => {
  const field = blurred(lightnessOf(art), Math.max(1, Math.round(art.width / 110)));
  const sorted = Float32Array.from(field.data).sort();
  const edges = ramp.slice(1).map((_, i) => quantile(sorted, [0.14, 0.36, 0.6, 0.83][i] ?? 1));
  const light = enlarged(field, width, height);
  const noise = grain(seed, width, height);
  const inks = ramp.map(toRgb);
  return {
    width,
    height,
    row: (y, out) => {
      const [line, below, grains] = [light(y), light(y + 1), noise(y)];
      for (let x = 0; x < width; x++) {
        const value = line[x] as number;
        const across = (line[x + 1] ?? value) - value;
        const down = (below[x] as number) - value;
        const slope = Math.hypot(across, down) + 1e-6; // change over one pixel: the width of a soft edge
        const paper = 0.35 * GRAIN * (grains[x] as number);
        const level = edges.findIndex((edge) => value < edge + slope / 2);
        const i = level === -1 ? edges.length : level;
        const share =
          i === edges.length ? 0 : clamp01((value - (edges[i] as number)) / slope + 0.5);
        for (let c = 0; c < 3; c++) {
          const ink = inks[i]?.[c] ?? 0;
          out[3 * x + c] = ink + share * ((inks[i + 1]?.[c] ?? ink) - ink) + paper;
        }
      }
    },
  };
};

/** Dots across the width of a page. */
const DOTS = 92;

/** Dots of dark ink, larger where the picture is darker, on rows turned by 45 degrees, over the palette's lighter colours. */
const halftone: Treatment = (art, { ramp, dark }, { width, height }) => {
  const field = blurred(stretched(lightnessOf(art)), 1);
  const colours = gradient([ramp[2], ramp[3], ramp[4], ramp[4]].filter((lab) => lab !== undefined));
  const under = enlarged(blurred(field, Math.round(art.width / 24)), width, height);
  const cell = width / DOTS;
  return {
    width,
    height,
    row: (y, out) => {
      const line = under(y);
      for (let x = 0; x < width; x++) {
        put(out, x, colours, line[x] as number);
        // Place in the turned grid; the four nearest dots may reach here.
        const [u, v] = [(x + y) / (cell * Math.SQRT2), (y - x) / (cell * Math.SQRT2)];
        let cover = 0;
        for (let k = 0; k < 4; k++) {
          const [i, j] = [Math.floor(u) + (k % 2), Math.floor(v) + (k >> 1)];
          const [cx, cy] = [((i - j) * cell) / Math.SQRT2, ((i + j) * cell) / Math.SQRT2];
          const light = valueAt(field, cx / width, cy / height);
          const radius = cell * 0.74 * Math.sqrt(clamp01(1.02 - light * 1.12));
          cover = Math.max(cover, clamp01(radius - Math.hypot(x - cx, y - cy) + 0.5));
        }
        for (let c = 0; c < 3; c++) {
          const paper = out[3 * x + c] as number;
          out[3 * x + c] = paper + cover * ((dark[c] as number) - paper);
        }
      }
    },
  };
};

/** Every treatment. */
export const TREATMENTS = { screenprint, painted, halftone, duotone } as const satisfies Record<
  string,
  Treatment
>;

/** Name of a treatment. */
export type TreatmentName = keyof typeof TREATMENTS;

const clamp01 = (x: number): number => Math.min(1, Math.max(0, x));

function quantile(sorted: Float32Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function lightnessOf({ width, height, data }: Image): Field {
  const light = Float32Array.from({ length: width * height }, (_, i) => {
    return toLab(data[3 * i] ?? 0, data[3 * i + 1] ?? 0, data[3 * i + 2] ?? 0)[0];
  });
  return { width, height, channels: 1, data: light };
}

/** From the darkest to the lightest hundredth as 0 to 1, bent so that half of the picture is lighter than a half. */
function stretched(field: Field): Field {
  const sorted = Float32Array.from(field.data).sort();
  const [low, high] = [quantile(sorted, 0.01), quantile(sorted, 0.99)];
  const range = Math.max(1e-3, high - low);
  const median = (quantile(sorted, 0.5) - low) / range;
  const bend = Math.log(0.5) / Math.log(Math.min(0.8, Math.max(0.2, median)));
  return { ...field, data: field.data.map((value) => clamp01((value - low) / range) ** bend) };
}

/** Two rounds of a box blur along either axis. */
function blurred(field: Field, radius: number): Field {
  const { width, height, channels } = field;
  const data = Float32Array.from(field.data);
  for (let round = 0; round < 2; round++) {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++)
        blurLine(data, c + y * width * channels, channels, width, radius);
      for (let x = 0; x < width; x++)
        blurLine(data, c + x * channels, channels * width, height, radius);
    }
  }
  return { ...field, data };
}

/** Replaces `length` values from `first` in steps of `step` by the means of those within `radius`. */
function blurLine(
  data: Float32Array,
  first: number,
  step: number,
  length: number,
  radius: number,
): void {
  // The line with its ends repeated, so that every sum has as many values.
  const line = new Float32Array(length + 2 * radius + 1);
  for (let i = 0; i < line.length; i++) {
    const at = Math.min(length - 1, Math.max(0, i - radius));
    line[i] = data[first + at * step] as number;
  }
  let sum = 0;
  for (let i = 0; i <= 2 * radius; i++) sum += line[i] as number;
  for (let i = 0; i < length; i++) {
    data[first + i * step] = sum / (2 * radius + 1);
    sum += (line[i + 2 * radius + 1] as number) - (line[i] as number);
  }
}

/** Value of one channel at a place in parts of width and height. */
function valueAt({ width, height, data }: Field, u: number, v: number): number {
  const x = Math.min(width - 1, Math.max(0, Math.floor(u * width)));
  const y = Math.min(height - 1, Math.max(0, Math.floor(v * height)));
  return data[y * width + x] as number;
}

const SHADES = 512;

/** Shades between colours, evenly spaced, [512, 3]. */
function gradient(colours: readonly Lab[]): Uint8Array {
  const shades = new Uint8Array(3 * SHADES);
  for (let i = 0; i < SHADES; i++) {
    const place = (i / (SHADES - 1)) * (colours.length - 1);
    const [p, q] = [colours[Math.floor(place)], colours[Math.ceil(place)]];
    if (p !== undefined && q !== undefined)
      shades.set(toRgb(mix(p, q, place - Math.floor(place))), 3 * i);
  }
  return shades;
}

function put(out: Uint8ClampedArray, x: number, shades: Uint8Array, value: number): void {
  const i = 3 * Math.round(clamp01(value) * (SHADES - 1));
  out[3 * x] = shades[i] as number;
  out[3 * x + 1] = shades[i + 1] as number;
  out[3 * x + 2] = shades[i + 2] as number;
}
