/** @file Large pictures row by row, so that none is ever held whole. */
import { Random } from "../../base/random.ts";
import type { Image } from "../../media/image.ts";

/** A picture that is made row by row. */
export interface Rows {
  /** [pixels] */
  readonly width: number;
  readonly height: number;
  /** Writes row `y`: red, green and blue of each pixel, [3 W], 0..255. Depends on nothing but y. */
  row(y: number, out: Uint8ClampedArray): void;
}

/** A field of one or more channels: [H, W, C]. */
export interface Field {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** All rows as a picture. */
export function imageOf(rows: Rows): Image {
  const { width, height } = rows;
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0; y < height; y++) rows.row(y, data.subarray(3 * width * y, 3 * width * (y + 1)));
  return { width, height, data: new Uint8Array(data.buffer) };
}

/** A picture as a field of three channels. */
export function fieldOf({ width, height, data }: Image): Field {
  return { width, height, channels: 3, data: Float32Array.from(data) };
}

/** Weights of the Catmull-Rom spline for the four points around a place `t` of 0 to 1 between the middle two. */
function weightsAt(t: number): [number, number, number, number] {
  const [t2, t3] = [t * t, t * t * t];
  return [
    0.5 * (-t3 + 2 * t2 - t),
    0.5 * (3 * t3 - 5 * t2 + 2),
    0.5 * (-3 * t3 + 4 * t2 + t),
    0.5 * (t3 - t2),
  ];
}

const clamped = (i: number, size: number): number => Math.min(size - 1, Math.max(0, i));

/**
 * A field at another size, row by row: the Catmull-Rom spline through its values, first down, then across. The last row asked for is kept.
 */
export function enlarged(field: Field, width: number, height: number): (y: number) => Float32Array {
  const { channels, data } = field;
  const at = new Int32Array(4 * width);
  const weights = new Float32Array(4 * width);
  for (let x = 0; x < width; x++) {
    const place = ((x + 0.5) * field.width) / width - 0.5;
    const first = Math.floor(place);
    weights.set(weightsAt(place - first), 4 * x);
    for (let k = 0; k < 4; k++) at[4 * x + k] = channels * clamped(first + k - 1, field.width);
  }
  const line = new Float32Array(field.width * channels);
  return (y) => {
    const place = ((y + 0.5) * field.height) / height - 0.5;
    const first = Math.floor(place);
    const down = weightsAt(place - first);
    line.fill(0);
    for (const [k, weight] of down.entries()) {
      const from = clamped(first + k - 1, field.height) * line.length;
      for (let i = 0; i < line.length; i++)
        line[i] = (line[i] ?? 0) + weight * (data[from + i] ?? 0);
    }
    const out = new Float32Array(width * channels);
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let k = 4 * x; k < 4 * x + 4; k++)
          sum += (weights[k] as number) * (line[(at[k] as number) + c] as number);
        out[channels * x + c] = sum;
      }
    }
    return out;
  };
}

/** Grains across the width of a page: it looks alike at every size. */
const GRAINS = 900;

/**
 * Grain like that of film: smooth noise, about -1 to 1, of the same pattern at any size.
 *
 * @returns Its row `y`, [W].
 */
export function grain(seed: number, width: number, height: number): (y: number) => Float32Array {
  const across = GRAINS + 2;
  const noise = new Random(seed).split("grain");
  const side = 512; // rows of the pattern, which repeats
  const table = Float32Array.from({ length: across * side }, () => 2 * noise.uniform() - 1);
  const scale = GRAINS / width;
  return (y) => {
    const v = Math.min(height, y) * scale;
    const top = Math.floor(v);
    const t = v - top;
    const [p, q] = [(top % side) * across, ((top + 1) % side) * across];
    const out = new Float32Array(width);
    for (let x = 0; x < width; x++) {
      const u = x * scale;
      const i = Math.floor(u);
      const s = u - i;
      const above = (1 - s) * (table[p + i] as number) + s * (table[p + i + 1] as number);
      const below = (1 - s) * (table[q + i] as number) + s * (table[q + i + 1] as number);
      out[x] = (1 - t) * above + t * below;
    }
    return out;
  };
}
