import { join } from "node:path";
import { Random } from "../src/base/random.ts";
import { writeImage } from "../src/media/image.node.ts";

/** Writes small pictures of different colours, `picture-0.png` and so on: sky above land, to the eye of an optimist. */
export async function writePictures(
  folder: string,
  count: number,
  width = 16,
  height = width,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    const random = new Random(i);
    const colours = Array.from({ length: 6 }, () => random.integer(256));
    const horizon = 4 + random.integer(height - 8);
    const data = new Uint8Array(3 * width * height);
    for (let at = 0; at < data.length; at++) {
      const below = Math.floor(at / (3 * width)) >= horizon;
      data[at] = colours[(at % 3) + (below ? 3 : 0)] as number;
    }
    await writeImage(join(folder, `picture-${i}.png`), { width, height, data });
  }
}

/** Flags of a training that takes seconds. */
export const TINY_TRAINING: readonly string[] = [
  ...["--resolution", "8", "--widths", "16,16", "--batch", "8", "--threads", "1"],
];
