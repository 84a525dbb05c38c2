/** @file Pictures of a model to frames of a film, in one step from the part that is shown to the colours of video. */
import type { Image } from "../../media/image.ts";
import type { PlanarFrame } from "../../media/video-backend.ts";
import { toYcbcrPlanes } from "../../media/video-yuv.ts";

/** How a frame is filled. */
export interface FrameShape {
  /** [pixels], even */
  readonly width: number;
  readonly height: number;
  /** Whether a picture of another shape is cut off or gets black bars. */
  readonly fit: "cover" | "contain";
}

/** Lobes of the Lanczos kernel. */
const LOBES = 3;

/** Black of limited range: Y, Cb and Cr. */
const BLACK = [16, 128, 128] as const;

/** For each output place along one side: the first input and the weights of those from there. */
interface Taps {
  readonly count: number;
  readonly first: Int32Array;
  readonly weights: Float32Array;
}

/** A part of a line: of the frame that pictures fill, and of the picture that is shown there. */
interface Span {
  readonly from: number;
  readonly length: number;
}

/**
 * Enlarges pictures to frames with the Lanczos-3 kernel, widened where pictures are made smaller so that nothing aliases. Brightness is resampled at
 * full and colour at half resolution: half of the work of resampling red, green and blue, and no conversion of the large frame.
 */
export class Upscaler {
  readonly #shape: FrameShape;
  #known: {
    readonly key: string;
    readonly taps: readonly Taps[];
    readonly inner: readonly Span[];
  } = {
    key: "",
    taps: [],
    inner: [],
  };

  constructor(shape: FrameShape) {
    this.#shape = shape;
  }

  /** @param zoom 1 for the whole picture; above, its middle. */
  frame(image: Image, zoom = 1): PlanarFrame {
    const { width, height } = this.#shape;
    const i420 = new Uint8Array((width * height * 3) / 2);
    this.#layout(image, zoom);
    const [acrossY, downY, acrossC, downC] = this.#known.taps as [Taps, Taps, Taps, Taps];
    const [innerX, innerY] = this.#known.inner as [Span, Span];
    const planes = toYcbcrPlanes(image);
    const area = width * height;
    const sides = [
      { offset: 0, stride: width, rows: height, across: acrossY, down: downY, half: 1 },
      ...[area, area * 1.25].map((offset) => ({
        ...{ offset, stride: width / 2, rows: height / 2, across: acrossC, down: downC, half: 2 },
      })),
    ];
    for (const [p, { offset, stride, rows, across, down, half }] of sides.entries()) {
      const out = i420.subarray(offset, offset + stride * rows);
      const bars = innerX.length < width || innerY.length < height;
      if (bars) out.fill(BLACK[p] as number);
      const start = (innerY.from / half) * stride + innerX.from / half;
      resample(
        planes[p] as Float32Array,
        image.width,
        image.height,
        across,
        down,
        out.subarray(start),
        stride,
      );
    }
    return { width, height, i420 };
  }

  /** The same as red, green and blue, for effects that work on frames. */
  image(image: Image, zoom = 1): Image {
    const { width, height } = this.#shape;
    this.#layout(image, zoom);
    const [across, down] = this.#known.taps as [Taps, Taps];
    const [innerX, innerY] = this.#known.inner as [Span, Span];
    const data = new Uint8Array(3 * width * height);
    const plane = new Float32Array(image.width * image.height);
    const out = new Uint8Array(innerX.length * innerY.length);
    for (let channel = 0; channel < 3; channel++) {
      for (let i = 0; i < plane.length; i++) plane[i] = image.data[3 * i + channel] as number;
      resample(plane, image.width, image.height, across, down, out, innerX.length);
      for (let y = 0; y < innerY.length; y++) {
        let to = 3 * ((innerY.from + y) * width + innerX.from) + channel;
        const row = y * innerX.length;
        for (let x = 0; x < innerX.length; x++, to += 3) data[to] = out[row + x] as number;
      }
    }
    return { width, height, data };
  }

  /** Weights for a size and zoom, kept until another is asked for. */
  #layout({ width, height }: Image, zoom: number): void {
    const key = `${width}x${height}@${zoom}`;
    if (this.#known.key === key) return;
    const { fit } = this.#shape;
    const [ratioX, ratioY] = [this.#shape.width / width, this.#shape.height / height];
    const scale = fit === "cover" ? Math.max(ratioX, ratioY) : Math.min(ratioX, ratioY);
    const inner = [
      filled(this.#shape.width, width * scale),
      filled(this.#shape.height, height * scale),
    ];
    const [taps, chroma] = [1, 2].map((half) =>
      [width, height].map((size, axis) => {
        const { length } = inner[axis] as Span;
        const shown = length / scale / zoom;
        // Colour lies on the left of each pair of pixels, and between both rows.
        const siting = half === 2 && axis === 0 ? 0.25 : 0.5;
        return tapsOf(length / half, size, { from: (size - shown) / 2, length: shown }, siting);
      }),
    ) as [Taps[], Taps[]];
    this.#known = { key, taps: [...taps, ...chroma], inner };
  }
}

/** Where a side of the frame is filled: all of it, or an even part in the middle. */
function filled(side: number, wanted: number): Span {
  const length = Math.min(side, Math.max(2, 2 * Math.round(wanted / 2)));
  return { from: 2 * Math.round((side - length) / 4), length };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const p = Math.PI * x;
  return (LOBES * Math.sin(p) * Math.sin(p / LOBES)) / (p * p);
}

/**
 * @param count Outputs.
 * @param size Inputs.
 * @param shown The inputs that the outputs show.
 * @param siting Place of an output between its edges, 0 to 1.
 */
function tapsOf(count: number, size: number, shown: Span, siting: number): Taps {
  const step = shown.length / count;
  const wide = Math.max(1, step);
  const reach = Math.ceil(2 * LOBES * wide);
  const taps = Math.min(size, reach);
  const first = new Int32Array(count);
  const weights = new Float32Array(count * taps);
  for (let k = 0; k < count; k++) {
    const centre = shown.from + (k + siting) * step - 0.5;
    const start = Math.floor(centre - LOBES * wide) + 1;
    // Beyond the edge the last pixel goes on: its weights are added to it.
    const kept = Math.min(size - taps, Math.max(0, start));
    first[k] = kept;
    let sum = 0;
    for (let i = start; i < start + reach; i++) {
      const weight = lanczos((i - centre) / wide);
      const at = Math.min(size - 1, Math.max(0, i)) - kept;
      weights[k * taps + at] = (weights[k * taps + at] as number) + weight;
      sum += weight;
    }
    for (let t = 0; t < taps; t++) weights[k * taps + t] = (weights[k * taps + t] as number) / sum;
  }
  return { count: taps, first, weights };
}

/** Along rows first, for there are fewer of them than columns of the result; then down. */
function resample(
  plane: Float32Array,
  width: number,
  height: number,
  across: Taps,
  down: Taps,
  out: Uint8Array,
  stride: number,
): void {
  const [outWidth, outHeight] = [across.first.length, down.first.length];
  const wide = new Float32Array(outWidth * height);
  const sumAcross = across.count === 6 ? sixAcross : anyAcross;
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * width, y * outWidth];
    sumAcross(plane.subarray(from, from + width), across, wide.subarray(to, to + outWidth));
  }
  const clamped = new Uint8ClampedArray(out.buffer, out.byteOffset, out.length);
  const sumDown = down.count === 6 ? sixDown : anyDown;
  for (let y = 0; y < outHeight; y++)
    sumDown(wide, down, y, clamped.subarray(y * stride, y * stride + outWidth));
}

/** Weighted sums along a line. */
function anyAcross(line: Float32Array, { count, first, weights }: Taps, out: Float32Array): void {
  for (let x = 0; x < out.length; x++) {
    const from = first[x] as number;
    let sum = 0;
    for (let t = 0, w = x * count; t < count; t++, w++)
      sum += (weights[w] as number) * (line[from + t] as number);
    out[x] = sum;
  }
}

/** The same for six, the usual number: twice as fast. */
function sixAcross(line: Float32Array, { first, weights }: Taps, out: Float32Array): void {
  for (let x = 0, w = 0; x < out.length; x++, w += 6) {
    const i = first[x] as number;
    out[x] =
      (weights[w] as number) * (line[i] as number) +
      (weights[w + 1] as number) * (line[i + 1] as number) +
      (weights[w + 2] as number) * (line[i + 2] as number) +
      (weights[w + 3] as number) * (line[i + 3] as number) +
      (weights[w + 4] as number) * (line[i + 4] as number) +
      (weights[w + 5] as number) * (line[i + 5] as number);
  }
}

/** Weighted sum of lines that lie one after the other, for line `y` of the result, which rounds them. */
function anyDown(
  lines: Float32Array,
  { count, first, weights }: Taps,
  y: number,
  out: Uint8ClampedArray,
): void {
  const sums = new Float32Array(out.length);
  for (let t = 0, from = (first[y] as number) * out.length; t < count; t++, from += out.length) {
    const weight = weights[y * count + t] as number;
    for (let x = 0; x < out.length; x++)
      sums[x] = (sums[x] as number) + weight * (lines[from + x] as number);
  }
  out.set(sums);
}

/** The same for six: four times as fast, since sums stay in registers. */
function sixDown(
  lines: Float32Array,
  { first, weights }: Taps,
  y: number,
  out: Uint8ClampedArray,
): void {
  const width = out.length;
  const own = weights.subarray(6 * y, 6 * y + 6);
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = own;
  for (let x = 0, i = (first[y] as number) * width; x < width; x++, i++) {
    out[x] =
      a * (lines[i] as number) +
      b * (lines[i + width] as number) +
      c * (lines[i + 2 * width] as number) +
      d * (lines[i + 3 * width] as number) +
      e * (lines[i + 4 * width] as number) +
      f * (lines[i + 5 * width] as number);
  }
}
