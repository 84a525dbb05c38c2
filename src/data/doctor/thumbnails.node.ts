import sharp from "sharp";
import { mapParallel } from "../parallel.ts";
import type { PictureSource } from "../source.ts";

/** Longer side of a thumbnail [pixels], twice what the page shows for sharp screens. */
const SIDE = 192;
const QUALITY = 60;
const LANES = 4;

/** Pixels of a picture that a page is worth decoding for. */
const MAX_PIXELS = 2 ** 27;

/**
 * Small pictures of some files as data URIs, of damaged ones what can still be seen.
 *
 * @param files Paths inside the data set.
 * @returns By file; those of which nothing can be seen are missing.
 */
export async function thumbnailsOf(
  source: PictureSource,
  files: readonly string[],
): Promise<Map<string, string>> {
  const numbers = new Map(source.files.map((file, number) => [file, number]));
  const thumbnails = new Map<string, string>();
  await mapParallel(files, LANES, async (file) => {
    const bytes = await thumbnailOf(source, numbers.get(file) as number).catch(() => undefined);
    if (bytes !== undefined)
      thumbnails.set(file, `data:image/webp;base64,${bytes.toString("base64")}`);
  });
  return thumbnails;
}

async function thumbnailOf(source: PictureSource, index: number): Promise<Buffer> {
  const content = source.content(index);
  const picture =
    typeof content === "string" || content instanceof Uint8Array
      ? sharp(content, { failOn: "none", limitInputPixels: MAX_PIXELS })
      : sharp(content.data, {
          raw: { width: content.width, height: content.height, channels: 3 },
        });
  return await picture
    .autoOrient()
    .resize(SIDE, SIDE, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: QUALITY })
    .toBuffer();
}
