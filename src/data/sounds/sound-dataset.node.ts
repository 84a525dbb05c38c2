import type { SoundFormat } from "../../media/spectrogram/format.ts";
import { samplesOf } from "../../media/spectrogram/format.ts";
import { LogMel } from "../../media/spectrogram/log-mel.ts";
import type { Dataset, Reading, SkippedFile } from "../dataset.ts";
import type { SoundPack } from "./sound-pack.node.ts";
import { unvaried, vary } from "./vary.ts";

/** One-shot sounds as grey pictures: mel bands upwards, time to the right. Each time a sound is read, it is varied anew. */
export class SoundDataset implements Dataset {
  /** How sounds become pictures. */
  readonly format: SoundFormat;
  readonly count: number;
  readonly channels = 1;
  readonly height: number;
  readonly width: number;
  readonly facts = 0;
  readonly classes: readonly string[];
  readonly labels: Uint16Array | undefined;
  readonly files: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  readonly contentHash: string;
  readonly #pack: SoundPack;
  readonly #logMel: LogMel;
  readonly #kept: Float32Array;
  readonly #shown: Float32Array;

  constructor(pack: SoundPack, format: SoundFormat) {
    const { index } = pack;
    this.format = format;
    this.count = index.files.length;
    this.height = format.bands;
    this.width = format.frames;
    this.classes = index.classes;
    this.labels = index.labels ? Uint16Array.from(index.labels) : undefined;
    this.files = index.files;
    this.skipped = index.skipped;
    this.warnings = index.warnings;
    this.contentHash = index.contentHash;
    this.#pack = pack;
    this.#logMel = new LogMel(format);
    this.#kept = new Float32Array(index.keep);
    this.#shown = new Float32Array(samplesOf(format));
  }

  /** Copies the picture of sound `index`, played a little faster or slower, later and quieter as `random` decides. Time has a direction: nothing is mirrored. */
  read(index: number, out: Uint8Array, offset: number, { random }: Reading): void {
    this.#pack.read(index, this.#kept);
    vary(this.#kept, this.format.hop, random, this.#shown);
    this.#logMel.picture(this.#shown, out, offset);
  }

  /** Sound `index` itself, as long as a picture. */
  sound(index: number): Float32Array {
    this.#pack.read(index, this.#kept);
    const out = new Float32Array(this.#shown.length);
    unvaried(this.#kept, out);
    return out;
  }

  close(): void {
    this.#pack.close();
  }
}
