import { ConfigError, DatasetError } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";
import { mirrorPlanes } from "../../media/planes.ts";
import type { Dataset, Reading, SkippedFile } from "../dataset.ts";
import type { PackedFrames } from "./clip-pack.node.ts";

/** Which clips are cut from films, and what training sees of one. */
export interface ClipShape {
  /** Length of a clip [s]. */
  readonly seconds: number;
  /** From the begin of a clip to that of the next [s]. */
  readonly stride: number;
  /** Frames of a clip that are shown together, 2 or more. */
  readonly frames: number;
}

/** A place to draw frames from. */
interface Window {
  /** Number of the first frame, among all. */
  readonly start: number;
  /** Frames that the clip may be moved by. */
  readonly room: number;
  /** Length [frames]; 1 for a picture. */
  readonly length: number;
  readonly file: string;
  readonly label: number;
}

/**
 * Clips of films as examples: a few frames of one clip at random times, as planes side by side, [3 frames, height, width].
 *
 * A clip is drawn from every `stride` seconds of every scene, moved at random by up to a stride, so that in time every frame is seen at every place.
 * The facts of an example are the times of its frames [s], in ascending order from 0, and 1; an example of single pictures (each another one) has
 * times of 0, and 0 in the end.
 */
export class ClipDataset implements Dataset {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly facts: number;
  readonly classes: readonly string[];
  readonly labels: Uint16Array | undefined;
  /** Source film of each clip. Split data by film, never by clip. */
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: string[];
  readonly contentHash: string;
  readonly #packed: PackedFrames;
  readonly #shape: ClipShape;
  readonly #windows: readonly Window[];
  readonly #stills: readonly Window[];

  /**
   * @throws {ConfigError} if the shape of clips is out of range.
   * @throws {DatasetError} if no scene is long enough.
   */
  constructor(packed: PackedFrames, shape: ClipShape, contentHash: string) {
    const { index } = packed;
    checkClipShape(shape, index.fps);
    this.#packed = packed;
    this.#shape = shape;
    this.#windows = windowsOf(index, shape);
    this.#stills = this.#windows.filter(({ length }) => length === 1);
    this.count = this.#windows.length;
    this.channels = 3 * shape.frames;
    this.height = index.height;
    this.width = index.width;
    this.facts = shape.frames + 1;
    this.classes = index.classes;
    this.labels =
      index.classes.length === 0
        ? undefined
        : Uint16Array.from(this.#windows, ({ label }) => label);
    this.files = this.#windows.map(({ file }) => file);
    this.skipped = index.skipped;
    this.contentHash = contentHash;
    const lost = index.scenes.filter(({ frames, still }) => !still && frames < shape.frames).length;
    this.warnings = warningsOf(index.skipped, index.warnings, lost, shape.frames);
    if (this.#stills.length === this.count) {
      throw new DatasetError(
        `${index.source}: no scene has ${shape.frames} frames at ${index.fps} a second, expected at least one. Give longer films, or more frames a second.`,
      );
    }
  }

  read(index: number, out: Uint8Array, offset: number, { flip, random, facts }: Reading): void {
    const { frames } = this.#shape;
    const window = this.#windows[index] as Window;
    const numbers =
      window.length === 1 ? this.#pictures(window, random) : framesAt(window, frames, random);
    for (const [i, number] of numbers.entries()) {
      this.#frame(number, out, offset + i * 3 * this.height * this.width, flip);
      const still = window.length === 1;
      facts[i] = still ? 0 : (number - (numbers[0] as number)) / this.#packed.index.fps;
    }
    facts[frames] = window.length === 1 ? 0 : 1;
  }

  /** Whether an example is single pictures. */
  still(index: number): boolean {
    return this.#windows[index]?.length === 1;
  }

  close(): void {
    this.#packed.close();
  }

  /** A picture, and others at random. */
  #pictures({ start }: Window, random: Random): number[] {
    const others = Array.from({ length: this.#shape.frames - 1 }, () => {
      return (this.#stills[random.integer(this.#stills.length)] as Window).start;
    });
    return [start, ...others];
  }

  #frame(number: number, out: Uint8Array, offset: number, flip: boolean): void {
    const frame = this.#packed.read(number);
    if (flip) mirrorPlanes(frame, this.width, out, offset);
    else out.set(frame, offset);
  }
}

/** Different frames of a window that is moved at random, in their order. */
function framesAt({ start, room, length }: Window, frames: number, random: Random): number[] {
  const first = start + random.integer(room + 1);
  const chosen = new Set<number>();
  while (chosen.size < frames) chosen.add(first + random.integer(length));
  return [...chosen].sort((a, b) => a - b);
}

function windowsOf(
  { scenes, fps }: PackedFrames["index"],
  { seconds, stride, frames }: ClipShape,
): Window[] {
  const length = Math.max(frames, Math.round(seconds * fps));
  const step = Math.max(1, Math.round(stride * fps));
  const windows: Window[] = [];
  let base = 0;
  for (const scene of scenes) {
    const { file, label, still } = scene;
    const usable = Math.min(length, scene.frames);
    if (still) windows.push({ start: base, room: 0, length: 1, file, label });
    else if (scene.frames >= frames) {
      const last = scene.frames - usable;
      for (let at = 0; at <= last; at += step) {
        const room = Math.min(step - 1, last - at);
        windows.push({ start: base + at, room, length: usable, file, label });
      }
    }
    base += scene.frames;
  }
  return windows;
}

/**
 * Stops where clips cannot be cut like this.
 *
 * @param fps Frames a second that films are read at.
 * @throws {ConfigError} if a number is out of range.
 */
export function checkClipShape({ seconds, stride, frames }: ClipShape, fps: number): void {
  if (!(fps >= 1 && fps <= 120))
    throw new ConfigError(`clipFps: got ${fps}, expected 1 to 120 frames a second. 12 is usual.`);
  if (!(seconds > 0 && seconds <= 600)) {
    throw new ConfigError(`clipSeconds: got ${seconds}, expected more than 0, at most 600.`);
  }
  if (!(stride > 0)) throw new ConfigError(`clipStride: got ${stride}, expected more than 0.`);
  if (!Number.isInteger(frames) || frames < 2 || frames > 16) {
    throw new ConfigError(`frames: got ${frames}, expected a whole number from 2 to 16.`);
  }
  if (Math.round(seconds * fps) < frames) {
    throw new ConfigError(
      `clipSeconds: ${seconds} s at ${fps} frames a second are ${Math.round(seconds * fps)} frames, expected at least ${frames}.`,
    );
  }
}

/** Most skipped files that a warning names. */
const NAMED_FILES = 5;

function warningsOf(
  skipped: readonly SkippedFile[],
  others: readonly string[],
  lost: number,
  frames: number,
): string[] {
  const warnings = [...others];
  if (skipped.length > 0) {
    const named = skipped.slice(0, NAMED_FILES).map(({ file, reason }) => `  ${file}: ${reason}`);
    const more = skipped.length > NAMED_FILES ? [`  and ${skipped.length - NAMED_FILES} more`] : [];
    warnings.push(`${skipped.length} files were left out:\n${[...named, ...more].join("\n")}`);
  }
  if (lost > 0)
    warnings.push(`${lost} scenes of fewer than ${frames} frames between two cuts were left out.`);
  return warnings;
}
