/** @file What happens to a picture after the generator made it. */
import type { Image } from "../../media/image.ts";
import type { ResolvedSettings } from "./options.ts";
import type { MusicState } from "./score.ts";

/**
 * A change of every picture by the music. It must depend on nothing but its arguments: frames are made again when a film is resumed.
 *
 * @example
 * const darkWhenQuiet: Effect = {
 *   name: "dark when quiet",
 *   apply: ({ width, height, data }, { loudness }) => ({ width, height, data: data.map((x) => x * loudness) }),
 * };
 */
export interface Effect {
  /** For messages, and to know whether a half-finished film was made with it. */
  readonly name: string;
  /** Where it works: on the picture as the generator made it, which is small and fast, or on the frame in the film's size. @default "picture" */
  readonly on?: "picture" | "frame";
  /** The changed picture, of any size on pictures and of the same on frames. Must not write into its argument. */
  readonly apply: (image: Image, music: MusicState) => Image;
}

/** Luma weights of red, green and blue (BT.709): what turning the hue keeps. */
const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** Largest turn of the hue [radians], and change of saturation. */
const [TURN, SATURATION] = [Math.PI / 2, 0.5];

/** Part of the way to white of a full flash. */
const FLASH = 0.8;

/** Part by which the picture comes closer at a full hit, and at full bass. */
const [HIT_ZOOM, BASS_ZOOM] = [0.16, 0.12];

/** The effects of the settings; those of strength 0 are left out. */
export function effectsOf({ colour, flash }: Pick<ResolvedSettings, "colour" | "flash">): Effect[] {
  return [
    ...(colour > 0 ? [colourEffect(colour)] : []),
    ...(flash > 0 ? [flashEffect(flash)] : []),
  ];
}

/** Turns the hue by where the notes lie on the circle of fifths, and saturates with loudness. */
export function colourEffect(strength: number): Effect {
  return {
    name: `colour ${strength}`,
    apply: (image, { chroma, loudness }) => {
      const saturation = 1 + strength * SATURATION * (2 * loudness - 1);
      return recoloured(image, hueMatrix(strength * TURN * warmth(chroma), saturation));
    },
  };
}

/** Brightens the picture at hits, at most three times a second. */
export function flashEffect(strength: number): Effect {
  return {
    name: `flash ${strength}`,
    apply: (image, { flash }) => {
      const part = strength * FLASH * flash * flash;
      if (part < 1 / 512) return image;
      const { width, height, data } = image;
      return { width, height, data: data.map((x) => x + (255 - x) * part + 0.5) };
    },
  };
}

/** How much closer than the whole picture the film looks: 1 shows all of it. */
export function zoomOf(strength: number, { pulse, low }: MusicState): number {
  return 1 + strength * (HIT_ZOOM * pulse + BASS_ZOOM * low);
}

/** Where notes lie on the circle of fifths, -1 to 1: the mean of the sines of their angles. */
function warmth(chroma: Float32Array): number {
  let [sum, total] = [0, 0];
  for (const [pitch, x] of chroma.entries()) {
    sum += x * x * Math.sin((2 * Math.PI * ((7 * pitch) % 12)) / 12);
    total += x * x;
  }
  return total === 0 ? 0 : sum / total;
}

/** Turns colours about the grey axis and scales their distance from it, at the same luma: rows of a 3x3 matrix. */
function hueMatrix(angle: number, saturation: number): number[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const third = (1 - cos) / 3;
  const skew = sin / Math.sqrt(3);
  // A rotation about (1, 1, 1) (Rodrigues).
  const turn = [
    ...[cos + third, third - skew, third + skew],
    ...[third + skew, cos + third, third - skew],
    ...[third - skew, third + skew, cos + third],
  ];
  // Luma of the turned colours; what differs from the picture's own is given back as grey.
  const shift = LUMA.map((weight, c) => {
    const turned = LUMA.reduce((sum, w, r) => sum + w * (turn[3 * r + c] as number), 0);
    return weight - saturation * turned;
  });
  return turn.map((x, i) => saturation * x + (shift[i % 3] as number));
}

function recoloured({ width, height, data }: Image, m: readonly number[]): Image {
  const [a = 1, b = 0, c = 0, d = 0, e = 1, f = 0, g = 0, h = 0, i = 1] = m;
  const out = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += 3) {
    const [red = 0, green = 0, blue = 0] = [data[at], data[at + 1], data[at + 2]];
    out[at] = a * red + b * green + c * blue;
    out[at + 1] = d * red + e * green + f * blue;
    out[at + 2] = g * red + h * green + i * blue;
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}
