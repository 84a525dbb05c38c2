import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DatasetError, MediaError } from "../../base/errors.ts";
import { framesOf } from "../../media/animation.node.ts";
import { coverImage } from "../../media/cover.node.ts";
import { decodeImage } from "../../media/image.node.ts";
import type { Image, Rgb } from "../../media/image.ts";
import { planesOf } from "../../media/planes.ts";
import { readVideo } from "../../media/video-read.node.ts";
import { throwIfCancelled } from "../cancel.ts";
import { classesOfFolders } from "../classes.ts";
import type { SkippedFile } from "../dataset.ts";
import { writeFolder, writeSynced } from "../write-whole.node.ts";
import type { ClipFile } from "./clip-files.node.ts";
import {
  CLIP_INDEX_FILE,
  CLIP_PACK_VERSION,
  type ClipIndex,
  FRAMES_FILE,
  PackedFrames,
  type Scene,
} from "./clip-pack.node.ts";
import { SceneCutter } from "./scenes.ts";

/** What is packed, and how. */
export interface ClipJob {
  readonly files: readonly ClipFile[];
  /** Files that are left out, for their content is that of others. */
  readonly repeated: readonly SkippedFile[];
  /** Path of the source, for messages. */
  readonly source: string;
  readonly contentHash: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly background: Rgb;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** Frames that are taken of one film: over two hours at 12 a second. */
const MAX_FRAMES = 100_000;

/** Bytes gathered before they are written. */
const BLOCK = 2 ** 22;

/**
 * Decodes and packs all films into `folder`, one frame at a time. It appears whole or not at all.
 *
 * @throws {DatasetError} if nothing can be read or the folder cannot be written.
 * @throws {CancelledError} if the signal stopped it.
 */
export async function writeClips(folder: string, job: ClipJob): Promise<void> {
  const write = async (unfinished: string): Promise<void> => {
    const index = await writeSynced(join(unfinished, FRAMES_FILE), (output) =>
      writeFrames(output, job),
    );
    await writeSynced(join(unfinished, CLIP_INDEX_FILE), (output) =>
      output.writeFile(JSON.stringify(index)),
    );
  };
  await writeFolder(folder, write, async () => {
    const other = await PackedFrames.open(folder, job.contentHash).catch(() => undefined);
    other?.close();
    return other !== undefined;
  });
}

async function writeFrames(output: FileHandle, job: ClipJob): Promise<ClipIndex> {
  const { files, repeated, source, contentHash, width, height, fps, signal, onProgress } = job;
  const { classes, labels } = classesOfFolders(files.map(({ name }) => name));
  const scenes: Scene[] = [];
  const skipped: SkippedFile[] = [...repeated];
  const warnings: string[] = [];
  const sink = new FrameSink(output);
  for (const [i, file] of files.entries()) {
    throwIfCancelled(signal);
    const label = labels?.[i] ?? 0;
    const still = file.kind === "picture" || (await isStill(file));
    const before = scenes.length;
    try {
      const cutter = new SceneCutter();
      let count = 0;
      for await (const frame of framesFrom(file, job)) {
        throwIfCancelled(signal);
        if (count === MAX_FRAMES) {
          warnings.push(
            `${file.name}: only its first ${MAX_FRAMES} frames (${Math.round(MAX_FRAMES / fps / 60)} minutes) are used. Cut it into several films to use all.`,
          );
          break;
        }
        const planes = planesOf(frame);
        const last = scenes.at(-1);
        if (cutter.cuts(planes) || last === undefined || scenes.length === before)
          scenes.push({ file: file.name, frames: 1, label, still });
        else scenes[scenes.length - 1] = { ...last, frames: last.frames + 1 };
        await sink.add(planes);
        count++;
      }
    } catch (error) {
      // What was decoded of a damaged film is kept.
      if (!(error instanceof MediaError)) throw error;
      if (scenes.length === before)
        skipped.push({ file: file.name, reason: reasonOf(error, file) });
    }
    onProgress?.(i + 1, files.length);
  }
  await sink.flush();
  if (scenes.length === 0) {
    const [first] = skipped;
    throw new DatasetError(
      `${source}: none of ${files.length} films can be read. For example ${first?.file}: ${first?.reason}`,
    );
  }
  const size = 3 * width * height;
  return {
    ...{ version: CLIP_PACK_VERSION, contentHash, source, width, height, fps },
    ...{ frames: sink.bytes / size, crc32: sink.crc, classes: [...classes] },
    ...{ scenes, skipped, warnings },
  };
}

/** A WebP or GIF of one frame is a picture. */
async function isStill({ kind, paths }: ClipFile): Promise<boolean> {
  const path = paths[0] ?? "";
  if (kind !== "film" || !/\.(webp|gif)$/i.test(path)) return false;
  return (await framesOf(path).catch(() => 0)) === 1;
}

function reasonOf({ message }: MediaError, { paths }: ClipFile): string {
  const name = `${paths[0]}: `;
  return message.startsWith(name) ? message.slice(name.length) : message;
}

async function* framesFrom(
  { kind, paths }: ClipFile,
  { width, height, fps, background }: ClipJob,
): AsyncGenerator<Image, void, undefined> {
  if (kind === "film") {
    yield* readVideo(paths[0] as string, { width, height, fps, background });
    return;
  }
  for (const path of paths)
    yield await coverImage(await decodeImage(path, { background }), width, height);
}

/** Frames on their way to the file, a few megabytes at a time. */
class FrameSink {
  readonly #output: FileHandle;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  bytes = 0;
  crc = 0;

  constructor(output: FileHandle) {
    this.#output = output;
  }

  async add(planes: Uint8Array): Promise<void> {
    this.#waiting.push(planes);
    this.#waitingBytes += planes.length;
    if (this.#waitingBytes >= BLOCK) await this.flush();
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    const block = Buffer.concat(this.#waiting);
    [this.#waiting, this.#waitingBytes] = [[], 0];
    this.crc = crc32(block, this.crc);
    this.bytes += block.length;
    await this.#output.writeFile(block);
  }
}
