import type { Random } from "../../base/random.ts";
import type { Image, Rgb } from "../../media/image.ts";
import { kMeans } from "../k-means.ts";
import { type Lab, mix, toLab, toRgb } from "./colour.ts";

/** Colours of a poster, all of them with hues of its art. */
export interface Palette {
  /** Ink and paper: nearly black and nearly white. */
  readonly dark: Rgb;
  readonly light: Rgb;
  /** The strongest colour of the art, stronger. */
  readonly accent: Rgb;
  /** From dark to light, in five equal steps of lightness. */
  readonly ramp: readonly Lab[];
}

const COLOURS = 6;
const STEPS = 5;

/** Pixels looked at. */
const SAMPLES = 3000;

/** Lightness of the ends of the ramp. */
const DARKEST = 0.2;
const LIGHTEST = 0.93;

/** Pictures of small models are pale: how much stronger their colours are printed, and between which bounds. */
const STRONGER = 1.9;
const CHROMA = [0.035, 0.14] as const;

/** Below this a colour is grey, and its hue is noise. */
const GREY = 0.006;

/**
 * The palette of a picture: the centres of its colours in OKLab (k-means), with their hues kept, their chroma raised and their lightness spread.
 */
export function paletteOf(image: Image, random: Random): Palette {
  const pixels = image.width * image.height;
  const step = Math.max(1, Math.floor(pixels / SAMPLES));
  const points: number[] = [];
  for (let i = 0; i < pixels; i += step) {
    const [r = 0, g = 0, b = 0] = image.data.subarray(3 * i, 3 * i + 3);
    points.push(...toLab(r, g, b));
  }
  const { data } = kMeans({ data: Float32Array.from(points), length: 3 }, COLOURS, random);
  const found: Lab[] = [];
  for (let i = 0; i < data.length; i += 3)
    found.push([data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0]);
  found.sort((p, q) => p[0] - q[0]);
  const strongest = found.reduce((p, q) => (chroma(q) > chroma(p) ? q : p));
  const ramp = Array.from({ length: STEPS }, (_, i): Lab => {
    const t = i / (STEPS - 1);
    const place = t * (found.length - 1);
    const below = found[Math.floor(place)] ?? strongest;
    const above = found[Math.ceil(place)] ?? strongest;
    const between = mix(below, above, place - Math.floor(place));
    return strong(
      between,
      DARKEST + t * (LIGHTEST - DARKEST),
      i === 0 || i === STEPS - 1 ? 0.6 : 1,
    );
  });
  const [first, last] = [ramp[0] ?? strongest, ramp.at(-1) ?? strongest];
  return {
    dark: toRgb([0.16, first[1] * 0.6, first[2] * 0.6]),
    light: toRgb([0.96, last[1] * 0.5, last[2] * 0.5]),
    accent: toRgb(strong(strongest, 0.74, 1.2)),
    ramp,
  };
}

const chroma = ([, a, b]: Lab): number => Math.hypot(a, b);

/** A colour with its hue, another lightness and `share` of the raised chroma. */
function strong(colour: Lab, lightness: number, share: number): Lab {
  const c = chroma(colour);
  if (c < GREY) return [lightness, colour[1], colour[2]];
  const raised = (share * Math.min(CHROMA[1], Math.max(CHROMA[0], STRONGER * c))) / c;
  return [lightness, colour[1] * raised, colour[2] * raised];
}
