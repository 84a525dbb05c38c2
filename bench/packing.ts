import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../src/base/random.ts";
import { openDataset } from "../src/data/open.node.ts";

const SIDE = 64;

/** Pictures like photographs: their PNGs are as hard to unpack, and no two are alike. */
async function writePictures(folder: string, count: number): Promise<void> {
  mkdirSync(folder);
  const random = new Random(0);
  const coarse = 8;
  for (let n = 0; n < count; n++) {
    const seeds = Uint8Array.from({ length: 3 * coarse * coarse }, () => random.integer(256));
    await sharp(seeds, { raw: { width: coarse, height: coarse, channels: 3 } })
      .resize(SIDE, SIDE, { kernel: "cubic" })
      .png()
      .toFile(join(folder, `${n}.png`));
  }
}

/** Time to decode and pack `count` PNGs of 64x64 pixels into an empty cache [s], run by run. */
export async function measurePacking(count: number, runs: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "ganbox-bench-"));
  try {
    const pictures = join(folder, "pictures");
    await writePictures(pictures, count);
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const cacheDir = join(folder, `cache-${run}`);
      const start = performance.now();
      const dataset = await openDataset(pictures, { resolution: SIDE, cacheDir });
      times.push((performance.now() - start) / 1000);
      dataset.close();
      rmSync(cacheDir, { recursive: true });
    }
    return times;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
