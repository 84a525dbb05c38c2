import { MediaError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { planesOf } from "../../media/planes.ts";
import { readVideo } from "../../media/video-read.node.ts";
import { clipNumbers, DRIFT } from "../../models/video/shape.ts";
import type { Generator } from "../generator.ts";
import { fitFilm } from "./fit.ts";
import { knotsOf, type MovingLatent } from "./moving-latent.ts";

/** Frames that a film is found from. */
const FRAMES = 8;

/** Knots that are found begin at this one. */
const FIRST_KNOT = -1;

/**
 * The films that go on where another ends: one a seed, all with the content and motion that were found from its last frames; later, when noise drifts,
 * they part.
 *
 * @returns The films, and the time of the first new frame [s].
 * @throws {MediaError} if the film cannot be read.
 */
export async function continueFilm(
  generator: Generator,
  path: string,
  options: {
    readonly seeds: readonly number[];
    readonly fps?: number;
    readonly class?: number | string;
    readonly onProgress?: (done: number, total: number) => void;
    readonly signal?: AbortSignal;
  },
): Promise<{ films: readonly MovingLatent[]; start: number }> {
  const { architecture } = generator.info;
  const { seconds, fps } = clipNumbers(architecture);
  const { width, height } = architecture;
  const last: Uint8Array[] = [];
  const most = Math.max(2, Math.round(seconds * fps));
  for await (const frame of readVideo(path, { width, height, fps })) {
    options.signal?.throwIfAborted();
    last.push(planesOf(frame));
    if (last.length > most) last.shift();
  }
  if (last.length < 2) {
    throw new MediaError(
      `${path}: the film has ${last.length} frames at ${fps} a second, expected at least 2 to see how it moves. Give a longer one.`,
    );
  }
  // Frames are evenly spread; the last one is always among them.
  const count = Math.min(FRAMES, last.length);
  const places = Array.from({ length: count }, (_, i) =>
    Math.round((i * (last.length - 1)) / (count - 1)),
  );
  const frames = new Float32Array(count * 3 * width * height);
  for (const [i, place] of places.entries())
    frames.set(
      Float32Array.from(last[place] as Uint8Array, (byte) => byte / 127.5 - 1),
      i * 3 * width * height,
    );
  const label = options.class === undefined ? undefined : generator.classOf(options.class);
  const target = {
    frames,
    times: places.map((place) => place / fps),
    ...(label === undefined ? {} : { class: label }),
  };
  const { engine, weights } = generator.parts;
  const { z, motion, knots } = await fitFilm(engine, architecture, weights, target, {
    ...options,
    seed: options.seeds[0] ?? 0,
  });
  const films = options.seeds.map((seed): MovingLatent => {
    const later = knotsOf(new Random(seed).split("knots"));
    const known = knots.length / DRIFT;
    const knot = (k: number): Float32Array => {
      const place = k - FIRST_KNOT;
      return place >= 0 && place < known
        ? knots.subarray(place * DRIFT, (place + 1) * DRIFT)
        : later(k);
    };
    return { z, class: label ?? 0, motion, knot };
  });
  return { films, start: (last.length - 1) / fps + 1 / (options.fps ?? 30) };
}
