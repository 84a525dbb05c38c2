import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { ConfigError, DatasetError, RuntimeUnavailableError } from "../../base/errors.ts";
import { type SoundFormat, samplesOf } from "../../media/spectrogram/format.ts";
import { defaultCacheDir } from "../cache-dir.node.ts";
import { throwIfCancelled } from "../cancel.ts";
import { classesOfFolders } from "../classes.ts";
import { FileHashes } from "../file-hashes.node.ts";
import type { FoundFile } from "../list-files.node.ts";
import { mapParallel } from "../parallel.ts";
import { cutRecording } from "./cut.ts";
import { readRecording } from "./recording.node.ts";
import { SoundDataset } from "./sound-dataset.node.ts";
import { listSoundFiles } from "./sound-files.node.ts";
import {
  SOUND_PACK_VERSION,
  type SoundIndex,
  SoundPack,
  writeSoundPack,
} from "./sound-pack.node.ts";
import { samplesToKeep } from "./vary.ts";

/** How a folder of sounds is opened. */
export interface SoundOptions {
  /** How sounds become pictures. */
  readonly format: SoundFormat;
  /** Most one-shot sounds of a recording, 1 to 64; `"auto"`: 16 of a long one. @default "auto" */
  readonly pieces?: number | "auto";
  /** Folder for packed sounds. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the preparation. */
  readonly signal?: AbortSignal;
  /** Told about each file that was read. Not called when the cache is used. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Most pieces of one recording. */
const MAX_PIECES = 64;

/** Files read at once, and of so many their sounds are in memory. */
const LANES = 4;
const CHUNK = 16;

/** Largest absolute value of a packed sound: -1 dB of full scale. */
const PEAK = 0.89;

/** Most skipped or odd files that a warning names. */
const NAMED = 5;

/**
 * Opens a folder of sounds (with sub-folders), or one recording, as one-shot sounds.
 *
 * Files are decoded, mixed to one channel, cut into one-shots and packed into one file in the cache folder; the next opening of the same content with the same options uses
 * that file. If all files lie in two or more sub-folders, these are the classes. Broken and silent files are skipped and listed.
 *
 * @throws {ConfigError} if an option is out of range.
 * @throws {DatasetError} if there are no sounds, or fewer than two can be used, or the cache folder cannot be written.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode the files.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function openSounds(source: string, options: SoundOptions): Promise<SoundDataset> {
  const { format, pieces = "auto", signal } = options;
  if (pieces !== "auto" && !(Number.isInteger(pieces) && pieces >= 1 && pieces <= MAX_PIECES)) {
    throw new ConfigError(
      `crops: got ${pieces}, expected "auto" or a whole number of sounds from 1 to ${MAX_PIECES} that a long recording is cut into.`,
    );
  }
  throwIfCancelled(signal);
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const files = await listSoundFiles(source);
  const hashes = await FileHashes.open(cacheDir, resolve(source));
  const hash = createHash("sha256").update(JSON.stringify([SOUND_PACK_VERSION, format, pieces]));
  for (const { name, path } of files) {
    throwIfCancelled(signal);
    const content = await hashes.hash(name, path).catch(() => "unreadable"); // reading it will say why
    hash.update(`${name}\n${content}\n`);
  }
  await hashes.save();
  const contentHash = hash.digest("hex");
  const path = join(cacheDir, "sounds", `${contentHash.slice(0, 32)}.pcm`);
  const known = await SoundPack.open(path, contentHash);
  if (known !== undefined) return new SoundDataset(known, format);
  await writeSoundPack(path, async (append) => {
    const packed = await readAll(source, files, options, append);
    return { contentHash, source, keep: samplesToKeep(samplesOf(format)), ...packed };
  });
  const pack = await SoundPack.open(path, contentHash);
  if (pack !== undefined) return new SoundDataset(pack, format);
  throw new DatasetError(
    `${path}: the packed sounds are damaged as soon as they are written. Check the disk, or set GANBOX_CACHE to another folder.`,
  );
}

/** The one-shots of a file, or why there are none. */
interface FileSounds {
  readonly sounds: readonly Float32Array[];
  readonly reason?: string;
  readonly warnings: readonly string[];
  readonly sampleRate: number;
}

async function readAll(
  source: string,
  files: readonly FoundFile[],
  options: SoundOptions,
  append: (sound: Float32Array) => Promise<void>,
): Promise<Pick<SoundIndex, "classes" | "labels" | "files" | "skipped" | "warnings">> {
  const { classes, labels } = classesOfFolders(files.map(({ name }) => name));
  const packed: { file: string; label: number }[] = [];
  const skipped: { file: string; reason: string }[] = [];
  const odd: string[] = [];
  const dull: string[] = [];
  let done = 0;
  for (let from = 0; from < files.length; from += CHUNK) {
    const chunk = await mapParallel(files.slice(from, from + CHUNK), LANES, async (file) => {
      throwIfCancelled(options.signal);
      const sounds = await readSounds(file, options);
      options.onProgress?.(++done, files.length);
      return sounds;
    });
    for (const [i, { sounds, reason, warnings, sampleRate }] of chunk.entries()) {
      const { name = "" } = files[from + i] ?? {};
      if (reason !== undefined) skipped.push({ file: name, reason });
      odd.push(...warnings.map((warning) => `${name}: ${warning}`));
      if (sounds.length > 0 && sampleRate < options.format.sampleRate)
        dull.push(`${name}: ${sampleRate} Hz`);
      for (const sound of sounds) {
        await append(sound);
        packed.push({ file: name, label: labels?.[from + i] ?? 0 });
      }
    }
  }
  checkUsable(source, packed.length, skipped);
  const { sampleRate } = options.format;
  const warnings = [
    ...listing(
      "files were left out",
      skipped.map(({ file, reason }) => `${file}: ${reason}`),
    ),
    ...listing("files are odd", odd),
    ...listing(`files have fewer than ${sampleRate} samples a second, so they sound dull`, dull),
  ];
  return {
    classes: [...classes],
    labels: labels === undefined ? null : packed.map(({ label }) => label),
    files: packed.map(({ file }) => file),
    skipped,
    warnings,
  };
}

async function readSounds({ name, path }: FoundFile, options: SoundOptions): Promise<FileSounds> {
  const { format, pieces = "auto" } = options;
  const length = samplesOf(format);
  try {
    const { samples, warnings, sampleRate } = await readRecording(path, format.sampleRate);
    const found = cutRecording(samples, { sampleRate: format.sampleRate, length, pieces });
    if (typeof found === "string")
      return { sounds: [], reason: reasonOfCut(found), warnings: [], sampleRate };
    const sounds = found.map(({ start, end, peak }) => {
      const sound = new Float32Array(samplesToKeep(length));
      sound.set(samples.subarray(start, Math.min(end, start + sound.length)));
      return sound.map((x) => (x * PEAK) / peak);
    });
    return { sounds, warnings, sampleRate };
  } catch (error) {
    // A codec that is missing is not the file's fault: the user must know what to install.
    if (!(error instanceof Error) || error instanceof RuntimeUnavailableError) throw error;
    if (!("code" in error && String(error.code).startsWith("E_"))) throw error;
    return { sounds: [], reason: reasonOf(error, path, name), warnings: [], sampleRate: 0 };
  }
}

/** Why a recording holds no sound, as a sentence. */
export function reasonOfCut(reason: "silence" | "too short"): string {
  return reason === "silence" ? "it is silent (below -60 dB)" : "it is shorter than 10 ms";
}

/** What an error says about a file, without its path in front. */
export function reasonOf(error: Error, path: string, name: string): string {
  const before = [path, name].find((start) => error.message.startsWith(`${start}: `));
  return before === undefined ? error.message : error.message.slice(before.length + 2);
}

function checkUsable(
  source: string,
  count: number,
  skipped: readonly { file: string; reason: string }[],
): void {
  if (count >= 2) return;
  const [first] = skipped;
  const example =
    first === undefined ? " Add more." : ` For example ${first.file}: ${first.reason}`;
  throw new DatasetError(
    `${source}: ${count === 0 ? "no sound" : "only 1 sound"} can be used, expected at least 2.${example}`,
  );
}

/** A warning that names the first of some files. */
function listing(what: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > NAMED ? [`and ${lines.length - NAMED} more`] : [];
  const named = [...lines.slice(0, NAMED), ...more].map((line) => `  ${line}`);
  return [`${lines.length} ${what}:\n${named.join("\n")}`];
}
