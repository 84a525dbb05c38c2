import type { Random } from "../base/random.ts";
import type { Size } from "../base/size.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import * as ops from "../graph/ops/index.ts";
import { scope, type Value } from "../graph/value.ts";

const { add, sub, mul, reshape } = ops;

/** Kinds of augmentation. Geometry comes first, then colour, then cutout. */
export const AUGMENTATIONS = [
  "xflip",
  "rotate90",
  "translate",
  "scale",
  "rotate",
  "anisotropic",
  "color",
  "cutout",
] as const;

/** One kind of augmentation. */
export type Augmentation = (typeof AUGMENTATIONS)[number];

/** The random choices of one augmented batch, as symbolic inputs. */
export interface AugmentInputs {
  /** [N, 2, 3]: maps output to source positions, both in pixels from the picture's centre (x right, y down). */
  readonly geometry: Value;
  /** [N, 3, 4]: matrix and offset on colours in [-1, 1]. */
  readonly color: Value;
  /** [N, 4]: centre x, centre y, half width, half height of the part that is cleared, in pixels from the picture's centre. */
  readonly cutout: Value;
}

/** Symbolic inputs of one augmented batch. */
export function augmentInputs(prefix: string, batch: number): AugmentInputs {
  return {
    geometry: ops.input(`${prefix}/geometry`, [batch, 2, 3]),
    color: ops.input(`${prefix}/color`, [batch, 3, 4]),
    cutout: ops.input(`${prefix}/cutout`, [batch, 4]),
  };
}

/** Position along one axis of `size` pixels, mirrored at the picture's edges into 0 .. size - 1. */
function mirrored(position: Value, size: number): Value {
  const fromEdge = add(position, 0.5);
  const turns = ops.floor(mul(fromEdge, 1 / (2 * size)));
  const phase = sub(fromEdge, mul(turns, 2 * size)); // 0 .. 2 size
  const folded = sub(size - 0.5, ops.abs(sub(phase, size)));
  return ops.clip(folded, 0, size - 1);
}

/** Pixel offsets from the centre, [1, 1, size] or [1, size, 1]. */
function centred(size: number, axis: 1 | 2): Value {
  const values = Float32Array.from({ length: size }, (_, i) => i - (size - 1) / 2);
  return ops.constantOf(axis === 2 ? [1, 1, size] : [1, size, 1], values);
}

/** Resamples every picture along its own affine map, bilinearly, mirrored at the edges. */
function warp(images: Value, geometry: Value): Value {
  const [n, c, h, w] = images.shape as [number, number, number, number];
  const entry = (row: number, column: number): Value =>
    reshape(
      ops.slice(
        geometry,
        { axis: 1, start: row, end: row + 1 },
        { axis: 2, start: column, end: column + 1 },
      ),
      [n, 1, 1],
    );
  const source = (row: number): Value =>
    add(add(mul(entry(row, 0), centred(w, 2)), mul(entry(row, 1), centred(h, 1))), entry(row, 2)); // [N, H, W]
  const x = mirrored(add(source(0), (w - 1) / 2), w);
  const y = mirrored(add(source(1), (h - 1) / 2), h);
  const [x0, y0] = [ops.floor(x), ops.floor(y)];
  const [x1, y1] = [ops.minimum(add(x0, 1), w - 1), ops.minimum(add(y0, 1), h - 1)];
  const [fx, fy] = [sub(x, x0), sub(y, y0)];
  const first = ops.constantOf(
    [n, 1, 1],
    Float32Array.from({ length: n }, (_, i) => i * h * w),
  );
  const place = (yy: Value, xx: Value): Value =>
    reshape(add(add(mul(yy, w), xx), first), [1, n * h * w]);
  const weight = (a: Value, b: Value): Value => reshape(mul(a, b), [1, n * h * w, 1]);
  const places = ops.cast(
    ops.concat([place(y0, x0), place(y0, x1), place(y1, x0), place(y1, x1)], 0),
    "int32",
  ); // [4, N H W]
  const weights = ops.concat(
    [
      weight(sub(1, fy), sub(1, fx)),
      weight(sub(1, fy), fx),
      weight(fy, sub(1, fx)),
      weight(fy, fx),
    ],
    0,
  ); // [4, N H W, 1]
  const pixels = reshape(ops.transpose(images, [0, 2, 3, 1]), [n * h * w, c]);
  const mixed = ops.reduceSum(mul(ops.gather(pixels, places), weights), { axes: [0] }); // [N H W, C]
  return ops.transpose(reshape(mixed, [n, h, w, c]), [0, 3, 1, 2]);
}

/** Every three planes are red, green and blue: one picture, or the frames of a clip, which all change alike. */
function recolor(images: Value, color: Value): Value {
  const [n, c, h, w] = images.shape as [number, number, number, number];
  const matrix = reshape(ops.slice(color, { axis: 2, end: 3 }), [n, 1, 3, 3]);
  const offset = reshape(ops.slice(color, { axis: 2, start: 3 }), [n, 1, 3, 1]);
  const frames = reshape(images, [n, c / 3, 3, h * w]);
  return reshape(add(ops.matmul(matrix, frames), offset), images.shape);
}

function cut(images: Value, cutout: Value): Value {
  const [n, , h, w] = images.shape as [number, number, number, number];
  const entry = (i: number): Value =>
    reshape(ops.slice(cutout, { axis: 1, start: i, end: i + 1 }), [n, 1, 1]);
  const inX = ops.less(ops.abs(sub(centred(w, 2), entry(0))), entry(2)); // [N, 1, W]
  const inY = ops.less(ops.abs(sub(centred(h, 1), entry(1))), entry(3)); // [N, H, 1]
  const keep = sub(1, mul(ops.cast(inX, "float32"), ops.cast(inY, "float32"))); // [N, H, W]
  return mul(images, reshape(keep, [n, 1, h, w]));
}

/**
 * Augments real or generated images inside the graph; gradients flow to the images.
 *
 * @param images [N, C, H, W] in [-1, 1]; colours need C to be a multiple of 3.
 * @see Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676
 */
export function augment(
  images: Value,
  inputs: AugmentInputs,
  kinds: readonly Augmentation[],
): Value {
  return scope("augment", () => {
    let x = images;
    if (kinds.some((kind) => kind !== "color" && kind !== "cutout")) x = warp(x, inputs.geometry);
    if (kinds.includes("color")) x = recolor(x, inputs.color);
    if (kinds.includes("cutout")) x = cut(x, inputs.cutout);
    return x;
  });
}

type Matrix = readonly (readonly number[])[];

function product(a: Matrix, b: Matrix): number[][] {
  return a.map((row) =>
    (b[0] as readonly number[]).map((_, j) =>
      row.reduce((sum, v, k) => sum + v * ((b[k] as readonly number[])[j] as number), 0),
    ),
  );
}

const affine = (a: number, b: number, x: number, c: number, d: number, y: number): Matrix => [
  [a, b, x],
  [c, d, y],
  [0, 0, 1],
];
const rotation = (angle: number): Matrix =>
  affine(Math.cos(angle), -Math.sin(angle), 0, Math.sin(angle), Math.cos(angle), 0);

/** One random map from output to source positions. */
function sampleGeometry(
  random: Random,
  kinds: readonly Augmentation[],
  p: number,
  { width, height }: Size,
): Matrix {
  let map: Matrix = affine(1, 0, 0, 0, 1, 0);
  const apply = (kind: Augmentation, probability: number, matrix: () => Matrix): void => {
    // Every draw happens whether or not it is used, so that one kind does not shift the numbers of the next.
    const [chosen, next] = [random.uniform() < probability, matrix()];
    if (kinds.includes(kind) && chosen) map = product(map, next);
  };
  const oneOfTwo = 1 - Math.sqrt(Math.max(0, 1 - p));
  apply("xflip", p / 2, () => affine(-1, 0, 0, 0, 1, 0));
  apply("rotate90", p, () => rotation((random.integer(4) * Math.PI) / 2));
  apply("translate", p, () => {
    const shift = (side: number): number => Math.round((random.uniform() * 2 - 1) * 0.125 * side);
    return affine(1, 0, shift(width), 0, 1, shift(height));
  });
  apply("scale", p, () => {
    const s = 2 ** (random.normal() * 0.2);
    return affine(1 / s, 0, 0, 0, 1 / s, 0);
  });
  apply("rotate", oneOfTwo, () => rotation((random.uniform() * 2 - 1) * Math.PI));
  apply("anisotropic", p, () => {
    const s = 2 ** (random.normal() * 0.2);
    return affine(1 / s, 0, 0, 0, s, 0);
  });
  apply("rotate", oneOfTwo, () => rotation((random.uniform() * 2 - 1) * Math.PI));
  apply("translate", p, () =>
    affine(1, 0, random.normal() * 0.125 * width, 0, 1, random.normal() * 0.125 * height),
  );
  return map;
}

/** Unit vector of grey in colour space. */
const GREY = 1 / Math.sqrt(3);

/** Rotation about the grey axis by `angle`, by Rodrigues' formula. */
function hueRotation(angle: number): Matrix {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const along = (1 - c) / 3;
  const across = s * GREY;
  return [
    [along + c, along - across, along + across, 0],
    [along + across, along + c, along - across, 0],
    [along - across, along + across, along + c, 0],
    [0, 0, 0, 1],
  ];
}

/** `identity + k grey grey^T`: scales the grey axis by 1 + k and leaves hue and saturation. */
function greyScale(k: number, outside: number): Matrix {
  const g = k / 3;
  return [
    [outside + g, g, g, 0],
    [g, outside + g, g, 0],
    [g, g, outside + g, 0],
    [0, 0, 0, 1],
  ];
}

/** One random colour map: brightness, contrast, luma flip, hue and saturation, each with probability p / 2. */
function sampleColor(random: Random, p: number): Matrix {
  let map: Matrix = greyScale(0, 1);
  const apply = (matrix: () => Matrix): void => {
    const [chosen, next] = [random.uniform() < p / 2, matrix()];
    if (chosen) map = product(next, map);
  };
  apply(() => {
    const b = random.normal() * 0.2;
    return [
      [1, 0, 0, b],
      [0, 1, 0, b],
      [0, 0, 1, b],
      [0, 0, 0, 1],
    ];
  });
  apply(() => greyScale(0, 2 ** (random.normal() * 0.5)));
  apply(() => greyScale(-2 * random.integer(2), 1));
  apply(() => hueRotation((random.uniform() * 2 - 1) * Math.PI));
  apply(() => {
    const s = 2 ** random.normal();
    return greyScale(1 - s, s);
  });
  return map;
}

/**
 * Draws the augmentations of a batch: every kind is applied with probability `p` (flips p / 2, each colour change p / 2).
 *
 * @param p Strength in 0 .. 1.
 * @param size Size of the images.
 * @returns Feeds for `augmentInputs(prefix, batch)`.
 */
export function sampleAugment(
  prefix: string,
  random: Random,
  kinds: readonly Augmentation[],
  p: number,
  batch: number,
  size: Size,
): Record<string, HostTensor> {
  const { width, height } = size;
  const geometry = hostTensor("float32", [batch, 2, 3]);
  const color = hostTensor("float32", [batch, 3, 4]);
  const cutout = hostTensor("float32", [batch, 4]);
  for (let n = 0; n < batch; n++) {
    geometry.data.set(
      sampleGeometry(random.split("geometry").split(n), kinds, p, size).slice(0, 2).flat(),
      n * 6,
    );
    color.data.set(sampleColor(random.split("color").split(n), p).slice(0, 3).flat(), n * 12);
    const draw = random.split("cutout").split(n);
    const part = draw.uniform() < p ? 1 / 4 : 0;
    const [x, y] = [draw.uniform() - 0.5, draw.uniform() - 0.5];
    cutout.data.set([x * width, y * height, part * width, part * height], n * 4);
  }
  return {
    [`${prefix}/geometry`]: geometry,
    [`${prefix}/color`]: color,
    [`${prefix}/cutout`]: cutout,
  };
}

/** Constants of adaptive augmentation. */
const ADA_TARGET = 0.6;
const ADA_KIMG = 100;

/**
 * Next strength of adaptive augmentation: up while the discriminator tells reals from fakes too well, down when it does not.
 *
 * The signal is the mean sign of D(x) - D(G(z)) over pairs. A relativistic discriminator is free to add a constant to all its
 * logits, so the sign of D(x) alone, which ADA reads, means nothing here; the sign of the pair's difference is the same signal
 * without the free constant.
 *
 * @param realSign Mean sign since the last adjustment, in -1 .. 1.
 * @param images Real images shown since then.
 */
export function adaptAugment(p: number, realSign: number, images: number): number {
  const step = (Math.sign(realSign - ADA_TARGET) * images) / (ADA_KIMG * 1000);
  return Math.min(Math.max(p + step, 0), 0.85);
}
