import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CancelledError, GanboxError, MediaError } from "../base/errors.ts";
import type { AudioChunk } from "./audio/audio.ts";
import type { VideoChoice } from "./video.node.ts";
import { joinWithFfmpeg } from "./video-join-ffmpeg.node.ts";
import { joinWithMediabunny } from "./video-join-mediabunny.node.ts";

/** A finished piece of a film: a file of its own, of the same size, frame rate and coding as the others. */
export interface FilmPart {
  readonly path: string;
  readonly frames: number;
}

/** What is joined. */
export interface JoinJob extends VideoChoice {
  /** The pieces in their order. */
  readonly parts: readonly FilmPart[];
  /** Frames a second. */
  readonly fps: number;
  /** The sound, in stereo at 48 kHz, as long as the film; no chunk longer than the first. */
  readonly sound: AsyncIterable<AudioChunk>;
  /** Folder for what is in the way of the work. */
  readonly workDir: string;
  /** Told the time [s] of the film that is done. */
  readonly onProgress?: (seconds: number) => void;
  /** Aborting gives the film up. */
  readonly signal?: AbortSignal;
}

/**
 * Writes pieces as one film with sound, AAC in mp4 and Opus in webm. Pictures are copied, not encoded again. The file appears under its name when it
 * is whole.
 *
 * @throws {MediaError} if a piece cannot be read or the film cannot be written.
 * @throws {CancelledError} if the signal stopped it. Whatever is thrown, the pieces stay and no film is left.
 */
export async function joinVideo(path: string, job: JoinJob): Promise<void> {
  const partial = `${resolve(path)}.partial`;
  try {
    await mkdir(dirname(partial), { recursive: true });
    await (job.backend === "ffmpeg" ? joinWithFfmpeg : joinWithMediabunny)(partial, job);
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => undefined);
    if (job.signal?.aborted) {
      throw new CancelledError(`${path}: stopped on request while its parts were joined.`, {
        cause,
      });
    }
    if (cause instanceof GanboxError) throw cause;
    throw new MediaError(
      `${path}: the film cannot be written (${(cause as Error).message}). Check the folder's permissions and free space.`,
      { cause },
    );
  }
}
