import type { Random } from "../../../src/base/random.ts";
import type { LabelledPictures } from "../../sets/labelled.ts";
import { CLIP, SIDE } from "./network.ts";

/** Faults that a clip may have. */
export const FAULTS = ["none", "order", "change", "halt", "shake"] as const;

/** A clip with what there is to know about it. */
export interface TaskClip {
  /** [3 CLIP, SIDE, SIDE], 0..1. */
  readonly planes: Float32Array;
  /** What is to be seen: index of the class in all sets together. */
  readonly label: number;
  /** Index in FAULTS. */
  readonly fault: number;
  /** Velocity to the right and down, its size, turning, and growing, each about 1 in size. */
  readonly motion: readonly number[];
}

/** Numbers of a clip's motion. */
export const MOTIONS = 5;

/** Fastest [pixels a frame], and fastest turning [radians a frame]. */
const [FASTEST, TURNING] = [2.5, 0.2];

/** How a thing lies in a frame. */
interface Pose {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly size: number;
}

/** Adds a picture of a set to a frame: each colour goes from the background to that of the picture, as far as the picture is bright. */
function draw(
  set: LabelledPictures,
  index: number,
  { x, y, angle, size }: Pose,
  colours: { readonly back: readonly number[]; readonly front: readonly number[] },
  out: Float32Array,
): void {
  const { side, pixels } = set;
  const first = index * side * side;
  const at = (u: number, v: number): number =>
    u < 0 || v < 0 || u >= side || v >= side ? 0 : (pixels[first + v * side + u] as number) / 255;
  const scale = side / size;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const middle = (side - 1) / 2;
  const area = SIDE * SIDE;
  for (let j = 0; j < SIDE; j++) {
    for (let i = 0; i < SIDE; i++) {
      const [dx, dy] = [i - x, j - y];
      const [u, v] = [cos * dx + sin * dy + middle, cos * dy - sin * dx + middle];
      const [u0, v0] = [Math.floor(u), Math.floor(v)];
      const [fu, fv] = [u - u0, v - v0];
      const bright =
        (1 - fv) * ((1 - fu) * at(u0, v0) + fu * at(u0 + 1, v0)) +
        fv * ((1 - fu) * at(u0, v0 + 1) + fu * at(u0 + 1, v0 + 1));
      for (let c = 0; c < 3; c++) {
        const back = colours.back[c] as number;
        out[c * area + j * SIDE + i] = back + bright * ((colours.front[c] as number) - back);
      }
    }
  }
}

/** To and fro between `low` and `high`. */
function bounced(way: number, low: number, high: number): number {
  const range = high - low;
  const phase = (((way - low) % (2 * range)) + 2 * range) % (2 * range);
  return low + (phase < range ? phase : 2 * range - phase);
}

/** One clip at random: half of them white digits on black that only move, the others of any set and colour that turn and grow as well. */
export function taskClip(sets: readonly LabelledPictures[], random: Random): TaskClip {
  const plain = random.uniform() < 0.5;
  const which = plain ? 0 : random.integer(sets.length);
  const set = sets[which] as LabelledPictures;
  const [index, other] = [random.integer(set.count), random.integer(set.count)];
  const fault = random.uniform() < 0.5 ? 0 : 1 + random.integer(FAULTS.length - 1);
  const colour = (): number[] => [random.uniform(), random.uniform(), random.uniform()];
  const white = random.uniform() < 0.4;
  const [back, front] = plain
    ? [
        [0, 0, 0],
        [1, 1, 1],
      ]
    : [white ? [1, 1, 1] : colour(), colour()];
  const speed = random.uniform() * FASTEST;
  const heading = random.uniform() * 2 * Math.PI;
  const [vx, vy] = [speed * Math.cos(heading), speed * Math.sin(heading)];
  const turning = plain ? 0 : (random.uniform() * 2 - 1) * TURNING;
  const growing = plain ? 0 : (random.uniform() * 2 - 1) * 0.5;
  const size = plain ? 20 : 16 + random.uniform() * 14;
  const start = { x: 7 + random.uniform() * 18, y: 7 + random.uniform() * 18 };
  const order = orderOf(fault, random);
  const frameSize = 3 * SIDE * SIDE;
  const planes = new Float32Array(CLIP * frameSize);
  const swap = 4 + random.integer(8);
  for (let f = 0; f < CLIP; f++) {
    const t = (order[f] as number) - CLIP / 2;
    const shake = (): number => (FAULTS[fault] === "shake" ? random.normal() * 1.5 : 0);
    const pose: Pose = {
      x: bounced(start.x + t * vx, 7, 25) + shake(),
      y: bounced(start.y + t * vy, 7, 25) + shake(),
      angle: turning * t,
      size: size * 2 ** ((growing * t) / CLIP),
    };
    const seen = FAULTS[fault] === "change" && f >= swap ? other : index;
    const frame = planes.subarray(f * frameSize, (f + 1) * frameSize);
    draw(set, seen, pose, { back: back as number[], front: front as number[] }, frame);
  }
  const before = sets.slice(0, which).reduce((sum, { classes }) => sum + classes.length, 0);
  return {
    planes,
    label: before + (set.labels[index] as number),
    fault,
    motion: [vx, vy, speed, turning * (FASTEST / TURNING), growing * FASTEST].map(
      (value) => value / (FASTEST / 2),
    ),
  };
}

/** Which moment each frame shows: all in order, or shuffled, or one for many. */
function orderOf(fault: number, random: Random): number[] {
  const order = Array.from({ length: CLIP }, (_, i) => i);
  if (FAULTS[fault] === "order") return [...random.permutation(CLIP)];
  if (FAULTS[fault] === "halt") {
    const at = 2 + random.integer(8);
    const length = 3 + random.integer(4);
    return order.map((i) => (i > at && i < at + length ? at : i));
  }
  return order;
}
