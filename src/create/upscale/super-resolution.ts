import { ort } from "#platform";
import { CheckpointError } from "../../base/errors.ts";
import { sameSize } from "../../base/size.ts";
import type { Image } from "../../media/image.ts";
import type { UpscaleFactor } from "./factor.ts";
import { type Tile, tilesOf } from "./tiles.ts";

/** Pixels around a tile that the network looks at and takes off: it has so many convolutions of 3 x 3 pixels without padding. */
const MARGIN = 7;

/** Longest side of a tile, and most pixels of a run, margins aside. Memory is that of a run, whatever the size of the pictures. */
const TILE = 128;
const RUN = 4 * TILE * TILE;

/** Pictures that are waited for, so that small ones share a run. */
const GROUP = 16;

/** How the network runs. */
export interface SuperResolutionOptions {
  /** Threads of one operation. @default what ONNX Runtime chooses */
  readonly threads?: number;
}

/** A tile of one of several pictures. */
interface Job {
  readonly picture: number;
  readonly tile: Tile;
}

/**
 * The super-resolution network of Ganbox: pictures at twice the size, or twice that. Large ones go through it in tiles that overlap; as the network pads
 * nothing, the result is that of the whole picture. Edges go on beyond the picture with their last pixels.
 */
export class SuperResolution {
  readonly #session: ort.InferenceSession;
  readonly #tile: number;

  private constructor(session: ort.InferenceSession, tile: number) {
    this.#session = session;
    this.#tile = tile;
  }

  /**
   * A network from the bytes of its ONNX file: `small` [N, 3, H + 14, W + 14] in 0..1 to `large` [N, 3, 2 H, 2 W].
   *
   * @param where Name of the file, for messages.
   * @param options `tile`: longest side of a tile [pixels]. @default 128
   * @throws {CheckpointError} if ONNX Runtime cannot run it, or it is another network.
   */
  static async decode(
    bytes: Uint8Array,
    where: string,
    { threads, tile = TILE }: SuperResolutionOptions & { readonly tile?: number } = {},
  ): Promise<SuperResolution> {
    try {
      const session = await ort.InferenceSession.create(bytes, {
        graphOptimizationLevel: "all",
        enableMemPattern: false,
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
        // Threads that wait do not spin: they would take the time of those that make and encode the pictures.
        extra: { session: { intra_op: { allow_spinning: "0" } } },
      });
      const network = new SuperResolution(session, tile);
      await network.#run(new Float32Array(3 * (2 + 2 * MARGIN) ** 2), 1, { width: 2, height: 2 });
      return network;
    } catch (cause) {
      throw new CheckpointError(
        `${where}: this is no super-resolution network (${(cause as Error).message}), expected that of Ganbox.`,
        { cause },
      );
    }
  }

  /** Pictures at `factor` times their width and height, in their order. Those of one size that follow one another share runs. */
  async enlarge(images: readonly Image[], factor: UpscaleFactor): Promise<Image[]> {
    let now = [...images];
    for (let times = 1; times < factor; times *= 2) {
      const next: Image[] = [];
      for (const same of runsOfOneSize(now)) next.push(...(await this.#twice(same)));
      now = next;
    }
    return now;
  }

  /** The same for pictures that come one by one. */
  async *stream(
    images: AsyncIterable<Image>,
    factor: UpscaleFactor,
  ): AsyncGenerator<Image, void, undefined> {
    let waiting: Image[] = [];
    for await (const image of images) {
      waiting.push(image);
      if (waiting.length < GROUP) continue;
      yield* await this.enlarge(waiting, factor);
      waiting = [];
    }
    yield* await this.enlarge(waiting, factor);
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#session.release();
  }

  /** Pictures of one size. */
  async #twice(images: readonly Image[]): Promise<Image[]> {
    const [first] = images;
    if (first === undefined) return [];
    const tiles = tilesOf(first, this.#tile);
    const [tile] = tiles as [Tile];
    const jobs = images.flatMap((_, picture) => tiles.map((tile): Job => ({ picture, tile })));
    const out = images.map(
      ({ width, height }): Image => ({
        width: 2 * width,
        height: 2 * height,
        data: new Uint8Array(12 * width * height),
      }),
    );
    const together = Math.max(1, Math.floor(RUN / (tile.width * tile.height)));
    const size = 3 * (tile.width + 2 * MARGIN) * (tile.height + 2 * MARGIN);
    for (let from = 0; from < jobs.length; from += together) {
      const some = jobs.slice(from, from + together);
      const small = new Float32Array(some.length * size);
      for (const [i, { picture, tile }] of some.entries())
        cut(images[picture] as Image, tile, small.subarray(i * size, (i + 1) * size));
      const large = await this.#run(small, some.length, tile);
      const area = 12 * tile.width * tile.height;
      for (const [i, { picture, tile }] of some.entries())
        paste(large.subarray(i * area, (i + 1) * area), tile, out[picture] as Image);
    }
    return out;
  }

  /** @throws {Error} if the network gives another shape. */
  async #run(
    small: Float32Array,
    count: number,
    { width, height }: Pick<Tile, "width" | "height">,
  ): Promise<Float32Array> {
    const shape = [count, 3, height + 2 * MARGIN, width + 2 * MARGIN];
    const { large } = await this.#session.run({ small: new ort.Tensor("float32", small, shape) });
    const expected = [count, 3, 2 * height, 2 * width];
    if (large === undefined || `${large.dims}` !== `${expected}`)
      throw new Error(`it makes [${large?.dims}] of [${shape}], expected "large" [${expected}]`);
    return large.data as Float32Array;
  }
}

function* runsOfOneSize(images: readonly Image[]): Generator<Image[], void, undefined> {
  let run: Image[] = [];
  for (const image of images) {
    const [first] = run;
    if (first !== undefined && !sameSize(first, image)) {
      yield run;
      run = [];
    }
    run.push(image);
  }
  yield run;
}

/** A tile with its margin, as planes in 0..1. */
function cut({ width, height, data }: Image, tile: Tile, out: Float32Array): void {
  const [w, h] = [tile.width + 2 * MARGIN, tile.height + 2 * MARGIN];
  const area = w * h;
  for (let y = 0, to = 0; y < h; y++) {
    const row = width * Math.min(height - 1, Math.max(0, tile.top + y - MARGIN));
    for (let x = 0; x < w; x++, to++) {
      const from = 3 * (row + Math.min(width - 1, Math.max(0, tile.left + x - MARGIN)));
      out[to] = (data[from] as number) / 255;
      out[to + area] = (data[from + 1] as number) / 255;
      out[to + 2 * area] = (data[from + 2] as number) / 255;
    }
  }
}

/** Planes in 0..1 to the place of a tile in the picture of twice the size. */
function paste(planes: Float32Array, tile: Tile, out: Image): void {
  const [w, h] = [2 * tile.width, 2 * tile.height];
  const area = w * h;
  for (let y = 0, from = 0; y < h; y++) {
    let to = 3 * ((2 * tile.top + y) * out.width + 2 * tile.left);
    for (let x = 0; x < w; x++, from++) {
      for (let plane = from; plane < from + 3 * area; plane += area) {
        const value = 255 * (planes[plane] as number) + 0.5;
        out.data[to++] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  }
}
