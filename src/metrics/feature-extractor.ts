import { CheckpointError } from "../base/errors.ts";
import type { Size } from "../base/size.ts";
import type { FeatureNetwork, NetworkOutput } from "./feature-network.ts";
import type { Features } from "./features.ts";
import { Resizer } from "./resize.ts";

/** Pictures a run of the network. */
const BATCH = 16;

/** Weights of red, green and blue in grey (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Gathers the features of a known number of pictures that come one by one. */
export class FeatureExtractor {
  readonly #network: FeatureNetwork;
  readonly #resizer: Resizer;
  readonly #count: number;
  readonly #features: Float32Array;
  readonly #logits: Float32Array;
  readonly #batch: Float32Array;
  readonly #plane: Float32Array;
  /** Pictures taken, and how many of them went through the network. */
  #taken = 0;
  #done = 0;

  /**
   * @param size Size of the pictures; they are resized to the square that the network takes, whatever their aspect ratio.
   * @param count Pictures that will come.
   */
  constructor(network: FeatureNetwork, size: Size, count: number) {
    const pixels = network.side ** 2;
    this.#network = network;
    this.#resizer = new Resizer(size, network.side);
    this.#count = count;
    this.#features = new Float32Array(count * network.width);
    this.#logits = new Float32Array(count * network.classes);
    this.#batch = new Float32Array(BATCH * network.channels * pixels);
    this.#plane = new Float32Array(pixels);
  }

  /**
   * Takes the next picture.
   *
   * @param planes Shape [3, height, width], values 0..255; need not be whole numbers.
   * @throws {CheckpointError} if the network gives NaN or infinity.
   */
  async add(planes: Uint8Array | Float32Array): Promise<void> {
    const { channels, side } = this.#network;
    const pixels = side ** 2;
    const slot = (this.#taken - this.#done) * channels * pixels;
    const target = this.#batch.subarray(slot, slot + channels * pixels);
    target.fill(0);
    const source = planes.length / 3;
    for (const [channel, luma] of LUMA.entries()) {
      this.#resizer.resize(planes.subarray(channel * source, (channel + 1) * source), this.#plane);
      const [offset, weight] = channels === 1 ? [0, luma / 255] : [channel * pixels, 1 / 255];
      for (let i = 0; i < pixels; i++)
        (target[offset + i] as number) += (this.#plane[i] as number) * weight;
    }
    this.#taken++;
    if (this.#taken - this.#done === BATCH || this.#taken === this.#count) await this.#flush();
  }

  /** The features of all pictures, in the order in which they came. */
  finish(): NetworkOutput {
    const { width, classes } = this.#network;
    const count = this.#done;
    return {
      features: { count, width, data: this.#features.subarray(0, count * width) },
      logits:
        classes === 0
          ? undefined
          : { count, width: classes, data: this.#logits.subarray(0, count * classes) },
    };
  }

  async #flush(): Promise<void> {
    const { channels, side, name } = this.#network;
    const count = this.#taken - this.#done;
    const images = this.#batch.subarray(0, count * channels * side ** 2);
    const { features, logits } = await this.#network.run(images, count);
    checkFinite(features, this.#done, name);
    this.#features.set(features.data, this.#done * features.width);
    if (logits !== undefined) this.#logits.set(logits.data, this.#done * logits.width);
    this.#done = this.#taken;
  }
}

function checkFinite({ data, width }: Features, first: number, name: string): void {
  const odd = data.findIndex((value) => !Number.isFinite(value));
  if (odd === -1) return;
  throw new CheckpointError(
    `${name}: the feature network gives ${data[odd]} for picture ${first + Math.floor(odd / width)}, expected finite numbers. Use another network.`,
  );
}
