/** @file Random pictures, and files of them. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import sharp, { type FormatEnum, type Sharp } from "sharp";
import { Random } from "../../src/base/random.ts";

/** A picture of soft random blobs, another one for each seed. */
export function blobs(seed: number, width = 96, height = width): Sharp {
  const cells = new Random(seed).fillNormal(new Float32Array(3 * 36));
  const data = Uint8Array.from(cells, (x) => Math.min(255, Math.max(0, 128 + 60 * x)));
  return sharp(data, { raw: { width: 6, height: 6, channels: 3 } }).resize(width, height, {
    fit: "fill",
    kernel: "cubic",
  });
}

/** The bytes of a picture in the format that the name's extension says. */
export async function encoded(picture: Sharp, name: string): Promise<Buffer> {
  const format = extname(name).slice(1).toLowerCase() as keyof FormatEnum;
  return await picture.clone().toFormat(format).toBuffer();
}

/** Writes files below a folder, making sub-folders. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
}
