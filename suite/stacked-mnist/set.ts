import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Random } from "../../src/base/random.ts";
import { digits } from "../sets/digits.ts";

/** Pictures of the set, as in VEEGAN and PacGAN. */
const COUNT = 128_000;

const SIDE = 28;

/**
 * Path of the Stacked MNIST set: 128,000 pictures, each of three digits at random, one a colour channel. Made on first use.
 *
 * Written as an IDX file [N, 28, 28, 3], which `ganbox train` reads.
 *
 * @see Metz et al. 2016, "Unrolled Generative Adversarial Networks", arXiv:1611.02163; Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761
 */
export function stackedMnistFile(): string {
  const folder = resolve(import.meta.dirname, "../../.cache/sets/stacked-mnist");
  const path = join(folder, "train-images-idx4-ubyte");
  if (existsSync(path)) return path;
  const { train } = digits();
  const size = SIDE * SIDE;
  const bytes = new Uint8Array(20 + COUNT * size * 3);
  const header = new DataView(bytes.buffer);
  for (const [i, value] of [0x804, COUNT, SIDE, SIDE, 3].entries()) header.setUint32(4 * i, value);
  const random = new Random(0);
  for (let n = 0; n < COUNT; n++) {
    for (let channel = 0; channel < 3; channel++) {
      const digit = random.integer(train.count) * size;
      const start = 20 + n * size * 3 + channel;
      for (let i = 0; i < size; i++) bytes[start + 3 * i] = train.pixels[digit + i] as number;
    }
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.partial`, bytes);
  renameSync(`${path}.partial`, path);
  return path;
}
