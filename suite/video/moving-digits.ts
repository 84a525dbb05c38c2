import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { Random } from "../../src/base/random.ts";
import { digits } from "../sets/digits.ts";
import type { LabelledPictures } from "../sets/labelled.ts";

/** Side of the frames [pixels]. */
export const SIDE = 32;

/** Frames of a clip, and a second. */
export const CLIP_FRAMES = 16;
/** Frames a second. */
export const FPS = 8;

/** Side of the box that a digit of 28 pixels is made smaller to. */
export const BOX = 20;

/** A digit may leave the frame by its empty border [pixels]. */
const BORDER = 3;

/** Slowest and fastest digit [pixels a frame]; every speed in between is as likely. */
export const SPEEDS = [0.5, 2] as const;

/** Films of the training set, and their frames. */
const FILMS = 3000;
const FILM_FRAMES = 2 * CLIP_FRAMES;

/** A digit on its way. */
export interface MovingDigit {
  readonly label: number;
  /** [frames, SIDE, SIDE]. */
  readonly frames: Uint8Array;
}

/** A digit of a set, made smaller: [BOX, BOX], 0..255, each pixel the mean of what it covers. */
function smaller({ pixels, side }: LabelledPictures, index: number): Float32Array {
  const out = new Float32Array(BOX * BOX);
  const scale = side / BOX;
  const overlap = (i: number, j: number): number =>
    Math.max(0, Math.min((i + 1) * scale, j + 1) - Math.max(i * scale, j));
  for (let y = 0; y < BOX; y++) {
    for (let x = 0; x < BOX; x++) {
      let sum = 0;
      for (let v = Math.floor(y * scale); v < Math.min(side, (y + 1) * scale); v++)
        for (let u = Math.floor(x * scale); u < Math.min(side, (x + 1) * scale); u++)
          sum += overlap(y, v) * overlap(x, u) * (pixels[(index * side + v) * side + u] as number);
      out[y * BOX + x] = sum / scale ** 2;
    }
  }
  return out;
}

/** A number that goes to and fro between 0 and `range`, at `turn` of its way. */
function bounced(way: number, range: number): number {
  const phase = ((way % (2 * range)) + 2 * range) % (2 * range);
  return phase < range ? phase : 2 * range - phase;
}

/** Draws a box [BOX, BOX] with its corner at a place that need be no whole number. */
function draw(box: Float32Array, left: number, top: number, out: Uint8Array): void {
  const value = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= BOX || y >= BOX ? 0 : (box[y * BOX + x] as number);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const [u, v] = [x - left, y - top];
      const [u0, v0] = [Math.floor(u), Math.floor(v)];
      const [fu, fv] = [u - u0, v - v0];
      const upper = (1 - fu) * value(u0, v0) + fu * value(u0 + 1, v0);
      const lower = (1 - fu) * value(u0, v0 + 1) + fu * value(u0 + 1, v0 + 1);
      out[y * SIDE + x] = Math.round((1 - fv) * upper + fv * lower);
    }
  }
}

/**
 * One digit that moves at a constant speed in a straight line and bounces off the edges.
 *
 * @see Srivastava, Mansimov, Salakhutdinov 2015, "Unsupervised Learning of Video Representations using LSTMs", arXiv:1502.04681, for Moving MNIST
 */
export function movingDigit(set: LabelledPictures, random: Random, frames: number): MovingDigit {
  const index = random.integer(set.count);
  const box = smaller(set, index);
  const range = SIDE - BOX + 2 * BORDER;
  const [x, y] = [random.uniform() * 2 * range, random.uniform() * 2 * range];
  const angle = random.uniform() * 2 * Math.PI;
  const speed = SPEEDS[0] + random.uniform() * (SPEEDS[1] - SPEEDS[0]);
  const out = new Uint8Array(frames * SIDE * SIDE);
  for (let t = 0; t < frames; t++) {
    const left = bounced(x + t * speed * Math.cos(angle), range) - BORDER;
    const top = bounced(y + t * speed * Math.sin(angle), range) - BORDER;
    draw(box, left, top, out.subarray(t * SIDE * SIDE, (t + 1) * SIDE * SIDE));
  }
  return { label: set.labels[index] as number, frames: out };
}

/** Folder of the training films, lossless animated WebP. Made on first use. */
export async function movingDigitsFolder(): Promise<string> {
  const folder = resolve(import.meta.dirname, "../../.cache/sets/moving-mnist");
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const { train } = digits();
  const random = new Random(0).split("moving digits");
  for (let i = 0; i < FILMS; i++) {
    const { frames } = movingDigit(train, random.split(i), FILM_FRAMES);
    const rgb = Uint8Array.from(
      { length: 3 * frames.length },
      (_, j) => frames[Math.floor(j / 3)] as number,
    );
    const raw = { width: SIDE, height: SIDE * FILM_FRAMES, channels: 3, pageHeight: SIDE } as const;
    await sharp(rgb, { raw })
      .webp({ lossless: true, effort: 0, delay: Array(FILM_FRAMES).fill(1000 / FPS), loop: 0 })
      .toFile(join(partial, `${String(i).padStart(5, "0")}.webp`));
  }
  renameSync(partial, folder);
  return folder;
}
