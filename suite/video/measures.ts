import type { FeatureNetwork } from "../../src/metrics/feature-network.ts";
import type { Features } from "../../src/metrics/features.ts";
import { frechetDistance } from "../../src/metrics/frechet.ts";
import { gaussianOf } from "../../src/metrics/statistics.ts";
import type { VideoNetwork } from "../../src/metrics/video/video-network.ts";
import { classesOf } from "../classifier/accuracy.ts";
import { BOX, CLIP_FRAMES, SIDE } from "./moving-digits.ts";

/** Grey clips of one digit, [count, CLIP_FRAMES, SIDE, SIDE], 0..1. */
export interface GreyClips {
  readonly count: number;
  readonly frames: Float32Array;
}

/** What is measured of a set of clips. */
export interface ClipMeasures {
  /** Features of clips, for Frechet video distances. */
  readonly clips: Features;
  /** Features of frames, cut out around the digit, for Frechet distances of pictures. */
  readonly digits: Features;
  /** Share of frames that show the digit that most frames of their clip show. */
  readonly identity: number;
  /** Speed between neighbouring frames [pixels a frame], in ascending order. */
  readonly speeds: Float64Array;
  /** Mean change of the velocity from frame to frame [pixels a frame]: bounces and trembling. */
  readonly change: number;
}

const AREA = SIDE * SIDE;

/** Side of the pictures that the classifier of digits takes. */
const CLASSIFIED = 28;

/** Measures clips. */
export async function measureClips(
  { count, frames }: GreyClips,
  network: VideoNetwork,
  classifier: FeatureNetwork,
): Promise<ClipMeasures> {
  const coloured = new Float32Array(frames.length * 3);
  for (let f = 0; f < count * CLIP_FRAMES; f++)
    for (let c = 0; c < 3; c++)
      coloured.set(frames.subarray(f * AREA, (f + 1) * AREA), (3 * f + c) * AREA);
  const { features: clips } = await network.run(coloured, count);
  const centres: (readonly [number, number])[] = [];
  const size = CLASSIFIED ** 2;
  const cut = new Float32Array(count * CLIP_FRAMES * size);
  for (let f = 0; f < count * CLIP_FRAMES; f++) {
    const frame = frames.subarray(f * AREA, (f + 1) * AREA);
    const centre = centreOf(frame);
    centres.push(centre);
    cutOut(frame, centre, cut.subarray(f * size, (f + 1) * size));
  }
  const { features: digits } = await classifier.run(cut, count * CLIP_FRAMES);
  const kept: Features = { ...digits, data: digits.data.slice() };
  const classes = await classesOf(classifier, cut, count * CLIP_FRAMES);
  return { clips, digits: kept, identity: identityOf(classes), ...motionOf(centres, count) };
}

/** Centre of brightness of a frame [pixels]. */
function centreOf(frame: Float32Array): readonly [number, number] {
  let [sum, x, y] = [1e-9, 0, 0];
  for (let i = 0; i < AREA; i++) {
    const bright = Math.max(0, (frame[i] as number) - 0.1);
    sum += bright;
    x += bright * (i % SIDE);
    y += bright * Math.floor(i / SIDE);
  }
  return [x / sum, y / sum];
}

/** The box around a centre, enlarged to what the classifier takes. */
function cutOut(frame: Float32Array, [cx, cy]: readonly [number, number], out: Float32Array): void {
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : (frame[y * SIDE + x] as number);
  const scale = BOX / CLASSIFIED;
  for (let j = 0; j < CLASSIFIED; j++) {
    for (let i = 0; i < CLASSIFIED; i++) {
      const x = cx + (i - (CLASSIFIED - 1) / 2) * scale;
      const y = cy + (j - (CLASSIFIED - 1) / 2) * scale;
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [fx, fy] = [x - x0, y - y0];
      out[j * CLASSIFIED + i] =
        (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x0 + 1, y0)) +
        fy * ((1 - fx) * at(x0, y0 + 1) + fx * at(x0 + 1, y0 + 1));
    }
  }
}

function identityOf(classes: readonly number[]): number {
  let same = 0;
  for (let from = 0; from < classes.length; from += CLIP_FRAMES) {
    const counts = new Map<number, number>();
    for (const c of classes.slice(from, from + CLIP_FRAMES))
      counts.set(c, (counts.get(c) ?? 0) + 1);
    same += Math.max(...counts.values());
  }
  return same / classes.length;
}

function motionOf(
  centres: readonly (readonly [number, number])[],
  count: number,
): Pick<ClipMeasures, "speeds" | "change"> {
  const speeds: number[] = [];
  let changes = 0;
  for (let n = 0; n < count; n++) {
    let before: readonly [number, number] | undefined;
    for (let f = 1; f < CLIP_FRAMES; f++) {
      const [x, y] = centres[n * CLIP_FRAMES + f] as readonly [number, number];
      const [u, v] = centres[n * CLIP_FRAMES + f - 1] as readonly [number, number];
      const velocity = [x - u, y - v] as const;
      speeds.push(Math.hypot(...velocity));
      if (before !== undefined)
        changes += Math.hypot(velocity[0] - before[0], velocity[1] - before[1]);
      before = velocity;
    }
  }
  return {
    speeds: Float64Array.from(speeds).sort(),
    change: changes / (count * (CLIP_FRAMES - 2)),
  };
}

/** How far clips are from real ones. */
export interface ClipScores {
  /** Frechet video distance in the small video network. */
  readonly fvd: number;
  /** Frechet distance of single frames in the classifier of digits. */
  readonly frameFd: number;
  /** Share of frames that show their clip's digit. */
  readonly identity: number;
  /** Mean speed [pixels a frame]. */
  readonly speed: number;
  /** Mean distance between the speeds of both sets in order (Wasserstein-1) [pixels a frame]. */
  readonly speedDistance: number;
  /** Mean change of velocity [pixels a frame]. */
  readonly change: number;
}

/** Scores of clips against real ones. */
export async function scoreClips(clips: ClipMeasures, real: ClipMeasures): Promise<ClipScores> {
  const distance = async (a: Features, b: Features): Promise<number> =>
    await frechetDistance(await gaussianOf(a), await gaussianOf(b));
  return {
    fvd: await distance(clips.clips, real.clips),
    frameFd: await distance(clips.digits, real.digits),
    identity: clips.identity,
    speed: clips.speeds.reduce((a, b) => a + b, 0) / clips.speeds.length,
    speedDistance: wasserstein(clips.speeds, real.speeds),
    change: clips.change,
  };
}

/** Mean distance of two sets of numbers, each in ascending order, matched by rank. */
function wasserstein(a: Float64Array, b: Float64Array): number {
  const steps = 1000;
  const quantile = (x: Float64Array, i: number): number =>
    x[Math.min(x.length - 1, Math.floor(((i + 0.5) / steps) * x.length))] as number;
  let sum = 0;
  for (let i = 0; i < steps; i++) sum += Math.abs(quantile(a, i) - quantile(b, i));
  return sum / steps;
}
