import { CheckpointError, ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { Engine, type EngineOptions } from "../../engine/engine.ts";
import type { Program } from "../../engine/program.ts";
import { PARTS } from "../../media/midi/parts.ts";
import { barSize, DEFAULT_ROLL, type Roll, type RollFormat } from "../../media/midi/roll.ts";
import { generatorGraph, type ModelInfo, readGenerator } from "../../models/model-file.ts";
import { mediumOf } from "../../models/registry.ts";
import { checkSeeds, classIndex } from "../generator.ts";
import { type Binarise, binarise } from "./binarise.ts";
import { joinSegments } from "./join.ts";
import { barsFrom, lastBar, levelsOf, probabilitiesOf } from "./segments.ts";

/** What pieces are asked for. */
export interface PieceOptions {
  /** Length [bars], 1 to 1024. @default 16 */
  readonly bars?: number;
  /**
   * How much a segment differs from the one before in what it is drawn from: 0 draws a piece from one latent code, 1 every segment from a code of its
   * own.
   *
   * @default 0.3
   */
  readonly variation?: number;
  /** Codes are multiplied by this: below 1 more typical, above 1 more unusual. @default 1 */
  readonly truncationPsi?: number;
  /** Class of the pieces, by name or index. @default what the seed decides */
  readonly class?: number | string;
  /** Bar to go on from: shape [parts, steps of a bar, pitches], 0 where nothing sounds. @default silence */
  readonly before?: Uint8Array;
  /** How numbers become notes. @default from the middle between silence and sound on, as in training */
  readonly binarise?: Binarise;
}

/** Options that were checked, with their defaults. */
interface Settings {
  readonly bars: number;
  readonly variation: number;
  readonly psi: number;
  readonly before: Uint8Array;
  readonly label: number | undefined;
  readonly binarise: Binarise;
}

/** Most bars of a piece. */
const MAX_BARS = 1024;

/** Pieces that are made at a time. */
const BATCH = 8;

/** A trained model that makes pieces of music, segment after segment, each from the last bar of the one before. The same seed gives the same piece. */
export class MusicGenerator {
  /** What the file says about the model. */
  readonly info: ModelInfo;
  /** Steps and pitches of what it makes. */
  readonly format: RollFormat;
  /** Bars of a segment. */
  readonly segmentBars: number;
  readonly #weights: ReadonlyMap<string, HostTensor>;
  readonly #engine: Engine;
  readonly #programs = new Map<number, Program>();

  private constructor(info: ModelInfo, weights: ReadonlyMap<string, HostTensor>, engine: Engine) {
    const { height, width } = info.architecture;
    this.info = info;
    this.format = { ...DEFAULT_ROLL, pitches: width };
    this.segmentBars = height / DEFAULT_ROLL.stepsPerBar;
    this.#weights = weights;
    this.#engine = engine;
  }

  /**
   * A generator from the bytes of its ONNX file.
   *
   * @param where Name of the file, for messages.
   * @throws {CheckpointError} if it is damaged or makes no music.
   */
  static async decode(
    bytes: Uint8Array,
    where: string,
    options: Pick<EngineOptions, "provider" | "threads"> = {},
  ): Promise<MusicGenerator> {
    const { info, weights } = await readGenerator(bytes, where);
    const { family } = info.architecture;
    if (mediumOf(family) !== "music") {
      throw new CheckpointError(
        `${where}: this is a model of the family ${family}, which makes no music, expected one that \`ganbox music train\` made.`,
      );
    }
    return new MusicGenerator(info, weights, await Engine.create(options));
  }

  /**
   * The pieces of seeds, in their order.
   *
   * @throws {ConfigError} if an option is out of range, there is no seed, or the model has no such class.
   */
  async *pieces(
    seeds: readonly number[],
    options: PieceOptions = {},
  ): AsyncGenerator<Roll, void, undefined> {
    checkSeeds(seeds);
    const settings = this.#settingsOf(options);
    for (let i = 0; i < seeds.length; i += BATCH)
      yield* await this.#compose(seeds.slice(i, i + BATCH), settings);
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await program.dispose();
    this.#programs.clear();
  }

  /** Pieces side by side: each segment needs the one before, but pieces do not need each other. */
  async #compose(seeds: readonly number[], settings: Settings): Promise<Roll[]> {
    const { architecture } = this.info;
    const { height, latent } = architecture;
    const { pitches, stepsPerBar } = this.format;
    const [n, bar] = [seeds.length, barSize(this.format)];
    const program = await this.#program(n);
    const streams = seeds.map((seed) => new Random(seed));
    const c = this.#classesOf(streams, settings.label);
    const segments: Uint8Array[][] = seeds.map(() => []);
    const before = hostTensor("float32", [n, PARTS.length, stepsPerBar, pitches]);
    for (let i = 0; i < n; i++) before.data.set(levelsOf(settings.before), i * bar);
    for (let k = 0; k * this.segmentBars < settings.bars; k++) {
      const z = hostTensor("float32", [n, latent]);
      for (const [i, random] of streams.entries())
        z.data.set(codeOf(random, k, latent, settings), i * latent);
      const { results } = await program.run({ z, before, ...c });
      const images = results.images?.data as Float32Array;
      const size = images.length / n;
      for (const [i, made] of segments.entries()) {
        const levels = images.subarray(i * size, (i + 1) * size);
        const sizes = { steps: height, pitches };
        const notes = binarise(probabilitiesOf(levels), sizes, settings.binarise);
        made.push(notes);
        before.data.set(levelsOf(lastBar(notes, bar)), i * bar);
      }
    }
    return segments.map((made) => barsFrom(joinSegments(made, this.format), 0, settings.bars));
  }

  /** The input of classes, where the model has them. */
  #classesOf(streams: readonly Random[], label: number | undefined): Record<string, HostTensor> {
    const { classes } = this.info.architecture;
    if (classes === 0) return {};
    const c = hostTensor("float32", [streams.length, classes]);
    for (const [i, random] of streams.entries())
      c.data[i * classes + (label ?? random.split("class").integer(classes))] = 1;
    return { c };
  }

  async #program(batch: number): Promise<Program> {
    const known = this.#programs.get(batch);
    if (known !== undefined) return known;
    const { images } = generatorGraph(this.info.architecture, batch);
    const program = await this.#engine.compile({ images }, { weights: this.#weights, tune: false });
    this.#programs.set(batch, program);
    return program;
  }

  #settingsOf(options: PieceOptions): Settings {
    const silence = new Uint8Array(barSize(this.format));
    const { bars = 16, variation = 0.3, truncationPsi: psi = 1, before = silence } = options;
    if (!Number.isInteger(bars) || bars < 1 || bars > MAX_BARS) {
      throw new ConfigError(
        `bars: got ${bars}, expected a whole number from 1 to ${MAX_BARS}; 16 is usual.`,
      );
    }
    if (!(variation >= 0 && variation <= 1))
      throw new ConfigError(`variation: got ${variation}, expected 0 to 1; 0.3 is usual.`);
    if (!(psi >= 0 && Number.isFinite(psi)))
      throw new ConfigError(`truncation: got ${psi}, expected 0 or more; 0.5 to 1 is usual.`);
    if (before.length !== silence.length) {
      throw new ConfigError(
        `before: got ${before.length} cells, expected ${silence.length} (${PARTS.length} parts x ${this.format.stepsPerBar} steps x ${this.format.pitches} pitches).`,
      );
    }
    return {
      bars,
      variation,
      psi,
      before,
      label: options.class === undefined ? undefined : classIndex(this.info, options.class),
      binarise: options.binarise ?? { method: "threshold" },
    };
  }
}

/** Latent code of a segment: `psi (sqrt(1 - variation) base + sqrt(variation) own)`, as long as either, whatever the mixture. */
function codeOf(
  random: Random,
  segment: number,
  length: number,
  { variation, psi }: Settings,
): Float32Array {
  const base = random.split("z").fillNormal(new Float32Array(length));
  const own = random.split("segment").split(segment).fillNormal(new Float32Array(length));
  const [a, b] = [psi * Math.sqrt(1 - variation), psi * Math.sqrt(variation)];
  return base.map((x, i) => a * x + b * (own[i] as number));
}
