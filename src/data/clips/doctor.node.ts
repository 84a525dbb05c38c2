import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { GanboxError } from "../../base/errors.ts";
import { readVideo } from "../../media/video-read.node.ts";
import { throwIfCancelled } from "../cancel.ts";
import type { SkippedFile } from "../dataset.ts";
import { faultSections, section } from "../doctor/lines.ts";
import { listClipFiles } from "./clip-files.node.ts";
import { meanDifference, SceneCutter } from "./scenes.ts";

/** What is known about one film after it was read. */
export interface FilmReport {
  readonly file: string;
  /** Length [s]. */
  readonly seconds: number;
  /** Lengths of its scenes [s]. */
  readonly scenes: readonly number[];
  /** Mean difference of neighbouring frames inside scenes, 0 (nothing moves) to 1; undefined for numbered frames, which are not looked at. */
  readonly change: number | undefined;
}

/** What is known about a folder of films. */
export interface ClipReport {
  readonly version: 1;
  /** Absolute path. */
  readonly source: string;
  /** Films, animations and folders of numbered frames that can be read. */
  readonly films: readonly FilmReport[];
  /** Single pictures beside them. */
  readonly pictures: number;
  /** Files that cannot be read, and why. */
  readonly broken: readonly SkippedFile[];
  /** Files with the same content as an earlier one. */
  readonly duplicates: readonly { readonly file: string; readonly same: string }[];
}

/** How a folder is examined. */
export interface ExamineClipsOptions {
  /** Frames a second that films are read at. @default 12 */
  readonly fps?: number;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Told about each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Size at which films are looked at [pixels]. */
const LOOK = { width: 48, height: 32 } as const;

/**
 * Reads every film of a folder and says what training can make of them.
 *
 * @param source A folder, or one film.
 * @throws {DatasetError} if there are no films.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function examineClips(
  source: string,
  { fps = 12, signal, onProgress }: ExamineClipsOptions = {},
): Promise<ClipReport> {
  const files = await listClipFiles(source);
  const films: FilmReport[] = [];
  const broken: SkippedFile[] = [];
  const duplicates: ClipReport["duplicates"][number][] = [];
  const contents = new Map<string, string>();
  for (const [i, { name, kind, paths }] of files.entries()) {
    throwIfCancelled(signal);
    onProgress?.(i, files.length);
    if (kind === "picture") continue;
    const [path = ""] = paths;
    try {
      const hash = await hashOf(path);
      const same = contents.get(hash);
      contents.set(hash, same ?? name);
      if (same !== undefined) duplicates.push({ file: name, same });
      else if (kind === "frames")
        films.push({
          file: name,
          seconds: paths.length / fps,
          scenes: [paths.length / fps],
          change: undefined,
        });
      else films.push({ file: name, ...(await look(path, fps, signal)) });
    } catch (error) {
      if (!(error instanceof GanboxError) && !(error instanceof Error && "syscall" in error))
        throw error;
      throwIfCancelled(signal);
      broken.push({ file: name, reason: error.message.replace(`${path}: `, "") });
    }
  }
  onProgress?.(files.length, files.length);
  const pictures = files.filter(({ kind }) => kind === "picture").length;
  return { version: 1, source: resolve(source), films, pictures, broken, duplicates };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function look(
  path: string,
  fps: number,
  signal: AbortSignal | undefined,
): Promise<Omit<FilmReport, "file">> {
  const cutter = new SceneCutter();
  const scenes: number[] = [];
  let before: Uint8Array | undefined;
  let [frames, change] = [0, 0];
  for await (const { data } of readVideo(path, { ...LOOK, fps })) {
    throwIfCancelled(signal);
    frames++;
    const cut = cutter.cuts(data);
    if (cut) scenes.push(0);
    else if (before !== undefined) change += meanDifference(before, data);
    scenes[scenes.length - 1] = (scenes.at(-1) as number) + 1 / fps;
    before = data;
  }
  return {
    seconds: frames / fps,
    scenes,
    change: change / Math.max(1, frames - scenes.length),
  };
}

/** Less change from frame to frame than this is none to learn from. */
const STILL = 0.001;

/** Fewer seconds than this are learned by heart. */
const FEW_SECONDS = 300;

/**
 * A report as lines of text: what there is, what training can use, and what is wrong with the rest.
 *
 * @param clipSeconds Length of the clips that training is to use [s].
 */
export function clipReportLines(report: ClipReport, clipSeconds = 2): string[] {
  const { films, pictures, source } = report;
  const seconds = films.reduce((sum, film) => sum + film.seconds, 0);
  const scenes = films.flatMap((film) => film.scenes);
  const long = scenes.filter((length) => length >= clipSeconds);
  const still = films.filter(({ change }) => change !== undefined && change < STILL);
  const few = seconds < FEW_SECONDS ? `: few, ${FEW_SECONDS / 60} minutes and more are usual` : "";
  return [
    `${films.length} films and ${pictures} pictures in ${source}`,
    `${(seconds / 60).toFixed(1)} minutes in ${scenes.length} scenes${few}`,
    `${long.length} scenes are at least ${clipSeconds} s long, as long as a clip`,
    ...faultSections(report),
    ...section(
      "nothing moves",
      still.map(({ file }) => file),
    ),
  ];
}
