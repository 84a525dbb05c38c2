import sharp from "sharp";
import type { Image } from "./image.ts";

/**
 * A picture scaled to cover a size, its middle cut out; with "fill" stretched to it.
 *
 * @param width New width [pixels].
 * @param height New height [pixels].
 */
export async function coverImage(
  image: Image,
  width: number,
  height: number,
  fit: "cover" | "fill" = "cover",
): Promise<Image> {
  if (image.width === width && image.height === height) return image;
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw })
    .resize({ width, height, fit, kernel: "lanczos3" })
    .raw()
    .toBuffer();
  return { width, height, data };
}
