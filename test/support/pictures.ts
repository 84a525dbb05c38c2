import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "../../src/base/random.ts";

/** A new folder of small pictures: a bright disc at a random place over a random colour. */
export async function discPictures(count: number, size = 24): Promise<string> {
  const folder = join(mkdtempSync(join(tmpdir(), "ganbox-discs-")), "discs");
  mkdirSync(folder);
  const random = new Random(11);
  for (let n = 0; n < count; n++) {
    const [cx, cy, radius] = [random.uniform() * size, random.uniform() * size, size / 4];
    const ground = [random.integer(120), random.integer(120), random.integer(120)];
    const data = new Uint8Array(size * size * 3);
    for (let i = 0; i < size * size; i++) {
      const inside = ((i % size) - cx) ** 2 + (Math.floor(i / size) - cy) ** 2 < radius ** 2;
      data.set(inside ? [240, 220, 60] : ground, i * 3);
    }
    await sharp(data, { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toFile(join(folder, `${n}.png`));
  }
  return folder;
}
