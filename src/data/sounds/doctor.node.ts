import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { GanboxError, RuntimeUnavailableError } from "../../base/errors.ts";
import { type SoundFormat, samplesOf, secondsOf } from "../../media/spectrogram/format.ts";
import { throwIfCancelled } from "../cancel.ts";
import { classesOfFolders } from "../classes.ts";
import type { SkippedFile } from "../dataset.ts";
import type { Count } from "../doctor/report.ts";
import { countsOf } from "../doctor/statistics.ts";
import { cutRecording } from "./cut.ts";
import { reasonOf, reasonOfCut } from "./open-sounds.node.ts";
import { readRecording } from "./recording.node.ts";
import { listSoundFiles } from "./sound-files.node.ts";

/** What is known about one file that can be read. */
export interface SoundFile {
  /** Path inside the folder, with `/`. */
  readonly file: string;
  /** Length [s]. */
  readonly seconds: number;
  /** [Hz] */
  readonly sampleRate: number;
  readonly channels: number;
  /** One-shot sounds that training makes of it; 0 where it cannot be used. */
  readonly pieces: number;
  /** Why it cannot be used; empty if it can. */
  readonly problem: string;
  /** What is odd about it, one sentence each. */
  readonly warnings: readonly string[];
}

/** What is known about a folder of sounds after each file was read. */
export interface SoundReport {
  readonly version: 1;
  /** Absolute path. */
  readonly source: string;
  /** Sound files. */
  readonly files: number;
  /** Files that training can use. */
  readonly usable: number;
  /** One-shot sounds that training makes of them: the size of the data set. */
  readonly pieces: number;
  /** Length of a sound that the model makes [s]. */
  readonly seconds: number;
  /** One-shots by class; empty if there are none. */
  readonly classes: readonly Count[];
  /** Files by sample rate and by channels. */
  readonly sampleRates: readonly Count[];
  readonly channels: readonly Count[];
  /** Files that cannot be read, and why. */
  readonly broken: readonly SkippedFile[];
  /** Files with the same content as an earlier one. */
  readonly duplicates: readonly { readonly file: string; readonly same: string }[];
  /** Files that can be read, by name. */
  readonly sounds: readonly SoundFile[];
}

/** How a folder is examined. */
export interface ExamineSoundsOptions {
  /** How sounds become pictures: length and sample rate. */
  readonly format: SoundFormat;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** Told about each file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads every sound of a folder and says what training makes of it. Nothing is changed.
 *
 * @param source A folder, or one file.
 * @throws {DatasetError} if there are no sounds.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode them.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function examineSounds(
  source: string,
  { format, signal, onProgress }: ExamineSoundsOptions,
): Promise<SoundReport> {
  const files = await listSoundFiles(source);
  const { classes, labels } = classesOfFolders(files.map(({ name }) => name));
  const sounds: SoundFile[] = [];
  const broken: SkippedFile[] = [];
  const duplicates: SoundReport["duplicates"][number][] = [];
  const contents = new Map<string, string>();
  const perClass = new Map(classes.map((name) => [name, 0]));
  for (const [i, { name, path }] of files.entries()) {
    throwIfCancelled(signal);
    try {
      const sound = await examineFile(name, path, format);
      sounds.push(sound);
      const hash = createHash("sha256")
        .update(await readFile(path))
        .digest("hex");
      const same = contents.get(hash);
      if (same !== undefined) duplicates.push({ file: name, same });
      contents.set(hash, same ?? name);
      const group = classes[labels?.[i] ?? 0];
      if (group !== undefined) perClass.set(group, (perClass.get(group) ?? 0) + sound.pieces);
    } catch (error) {
      if (!(error instanceof GanboxError) || error instanceof RuntimeUnavailableError) throw error;
      broken.push({ file: name, reason: reasonOf(error, path, name) });
    }
    onProgress?.(i + 1, files.length);
  }
  return {
    version: 1,
    source: resolve(source),
    files: files.length,
    usable: sounds.filter(({ problem }) => problem === "").length,
    pieces: sounds.reduce((sum, { pieces }) => sum + pieces, 0),
    seconds: secondsOf(format),
    classes: [...perClass].map(([name, count]) => ({ name, count })),
    sampleRates: countsOf(sounds.map(({ sampleRate }) => `${sampleRate} Hz`)),
    channels: countsOf(sounds.map(({ channels }) => `${channels}`)),
    broken,
    duplicates,
    sounds,
  };
}

async function examineFile(file: string, path: string, format: SoundFormat): Promise<SoundFile> {
  const { samples, seconds, sampleRate, channels, warnings } = await readRecording(
    path,
    format.sampleRate,
  );
  const length = samplesOf(format);
  const cut = cutRecording(samples, { sampleRate: format.sampleRate, length, pieces: "auto" });
  const broken = typeof cut === "string";
  const dull =
    sampleRate < format.sampleRate
      ? [`it has only ${sampleRate} samples a second, so it sounds dull`]
      : [];
  return {
    file,
    seconds,
    sampleRate,
    channels,
    pieces: broken ? 0 : cut.length,
    problem: broken ? reasonOfCut(cut) : "",
    warnings: [...warnings, ...dull],
  };
}
