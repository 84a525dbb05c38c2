import type { Image } from "../../media/image.ts";
import type { PlanarFrame } from "../../media/video-backend.ts";
import { type Effect, effectsOf, zoomOf } from "./effects.ts";
import type { FrameModel, FrameRequest } from "./frames.node.ts";
import type { ResolvedSettings } from "./options.ts";
import type { Part } from "./parts.node.ts";
import { type LatentAt, musicPath } from "./path.ts";
import type { MusicState, Score } from "./score.ts";
import { Upscaler } from "./upscale.ts";

/** Films smaller than this look like a stamp in a player [pixels]. */
const SMALLEST_SIDE = 256;

/** Everything that decides the frames of a film. */
export class Film {
  /** Number of frames. */
  readonly frames: number;
  /** [pixels], both even. */
  readonly size: readonly [width: number, height: number];
  readonly #score: Score;
  readonly #fps: number;
  readonly #zoom: number;
  readonly #effects: readonly Effect[];
  readonly #frameEffects: readonly Effect[];
  readonly #paths: readonly LatentAt[];
  readonly #upscaler: Upscaler;

  constructor(
    score: Score,
    models: readonly FrameModel[],
    settings: ResolvedSettings,
    effects: readonly Effect[],
  ) {
    this.#score = score;
    this.#fps = settings.fps;
    this.#zoom = settings.zoom;
    this.frames = Math.max(1, Math.round(score.seconds * settings.fps));
    this.size = settings.size ?? defaultSize(models);
    const [width, height] = this.size;
    this.#upscaler = new Upscaler({ width, height, fit: settings.fit });
    const all = [...effectsOf(settings), ...effects];
    this.#effects = all.filter(({ on }) => on !== "frame");
    this.#frameEffects = all.filter(({ on }) => on === "frame");
    this.#paths = models.map((model) => musicPath(score, model, settings));
  }

  /** What the pictures of parts are made from. */
  *requests(parts: readonly Part[]): Iterable<FrameRequest> {
    for (const { first, frames } of parts) {
      for (let i = first; i < first + frames; i++) {
        const time = i / this.#fps;
        const model = this.#paths.length === 1 ? 0 : this.#score.at(time).kind % this.#paths.length;
        yield { model, latent: (this.#paths[model] as LatentAt)(time) };
      }
    }
  }

  /** Frame `i` from the picture of the generator. */
  frame(picture: Image, i: number): Image | PlanarFrame {
    const music = this.#score.at(i / this.#fps);
    const zoom = this.#zoom === 0 ? 1 : zoomOf(this.#zoom, music);
    const changed = applied(this.#effects, picture, music);
    if (this.#frameEffects.length === 0) return this.#upscaler.frame(changed, zoom);
    return applied(this.#frameEffects, this.#upscaler.image(changed, zoom), music);
  }
}

function applied(effects: readonly Effect[], image: Image, music: MusicState): Image {
  return effects.reduce((before, { apply }) => apply(before, music), image);
}

/** The shape of the largest model, a whole number of times as large, with a shorter side from 256. */
function defaultSize(models: readonly FrameModel[]): [number, number] {
  const area = ({ width, height }: FrameModel): number => width * height;
  const largest = models.reduce((a, b) => (area(b) > area(a) ? b : a));
  const side = Math.min(largest.width, largest.height);
  const times = Math.max(1, Math.ceil(SMALLEST_SIDE / side));
  const even = (pixels: number): number => 2 * Math.ceil((pixels * times) / 2);
  return [even(largest.width), even(largest.height)];
}
