/** @file The folder beside a film in which its finished parts wait for the others. */
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { extname, join, resolve } from "node:path";
import { MediaError } from "../../base/errors.ts";
import type { FilmPart } from "../../media/video-join.node.ts";

/** Length of a part [s], about: what is lost at most when the process is killed. */
const PART_SECONDS = 10;

/** Parts hold whole batches of the generator. */
const BATCH = 16;

/** Says what the parts were made from. */
const PLAN = "plan.json";

/** A part of a film, there or not. */
export interface Part extends FilmPart {
  /** Number of its first frame in the film. */
  readonly first: number;
  readonly finished: boolean;
}

/** A film's parts in `<film>.parts`: each is a film of its own, and appears under its name when it is whole. */
export class Parts {
  /** The folder. */
  readonly path: string;
  readonly #frames: number;
  readonly #length: number;
  readonly #extension: string;

  private constructor(path: string, frames: number, length: number, extension: string) {
    this.path = path;
    this.#frames = frames;
    this.#length = length;
    this.#extension = extension;
  }

  /**
   * Opens the folder of a film. Parts that were made from the same plan are kept, others go.
   *
   * @param plan Everything that the frames depend on.
   * @throws {MediaError} if the folder cannot be written, or holds something else.
   */
  static open(film: string, frames: number, fps: number, plan: unknown): Parts {
    const path = `${resolve(film)}.parts`;
    const length = Math.max(BATCH, BATCH * Math.round((PART_SECONDS * fps) / BATCH));
    const text = JSON.stringify({ frames, length, plan });
    const file = join(path, PLAN);
    try {
      if (existsSync(path) && !existsSync(file) && readdirSync(path).length > 0) {
        throw new Error("it holds something else, expected parts of this film");
      }
      if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
        rmSync(path, { recursive: true, force: true });
        mkdirSync(path, { recursive: true });
        writeFileSync(file, text);
      }
    } catch (cause) {
      throw new MediaError(
        `${path}: the folder for parts of the film cannot be used (${(cause as Error).message}). Move it away, or choose another name for the film.`,
        { cause },
      );
    }
    return new Parts(path, frames, length, extname(film));
  }

  /** All parts in order. */
  list(): Part[] {
    return Array.from({ length: Math.ceil(this.#frames / this.#length) }, (_, i) => {
      const path = join(this.path, `${String(i).padStart(5, "0")}${this.#extension}`);
      const first = i * this.#length;
      const finished = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
      return { path, first, frames: Math.min(this.#length, this.#frames - first), finished };
    });
  }

  /** Removes the folder. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A short name of content. */
export function fingerprint(...contents: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const content of contents) hash.update(content);
  return hash.digest("hex");
}
