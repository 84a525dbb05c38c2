import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import type { Random } from "../../src/base/random.ts";
import { decodeImage, resizeImage } from "../../src/media/image.node.ts";
import type { Image } from "../../src/media/image.ts";
import { windowPlanes } from "../../src/media/planes.ts";
import { MARGIN } from "./network.ts";

const FOLDER = resolve(import.meta.dirname, "../../assets/landscapes");

/** Every so many photographs, one is held out. */
const HELD_OUT_EVERY = 8;

/** Sizes at which photographs are shown, in parts of their own: what is fine in one is coarse in the next. */
const SCALES = [1, 0.84, 0.7, 0.59, 0.5] as const;

/** Sides of a pair [pixels]: the small picture without its margin, and the large one. */
export const SMALL = 32;
export const LARGE: number = 2 * SMALL;

/** Kernels that make the small pictures; all are widened to the scale, so nothing aliases. */
const KERNELS = ["lanczos3", "lanczos2", "cubic", "mitchell", "linear"] as const;

/** How often each fault is in a small picture, and how bad it is at most. */
const BLUR = { share: 0.3, sigma: 0.7 } as const; // [pixels]
const NOISE = { share: 0.5, sigma: 4 } as const; // [of 255]
const JPEG = { share: 0.4, worst: 55, best: 95 } as const; // quality

/** The bundled photographs, each in all scales; whole photographs are held out. */
export interface Photos {
  readonly train: readonly (readonly Image[])[];
  readonly heldOut: readonly Image[];
}

/** Reads the bundled photographs, or the first `count` of them. */
export async function readPhotos(count?: number): Promise<Photos> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".jpg"));
  const train: Image[][] = [];
  const heldOut: Image[] = [];
  for (const [i, name] of names.sort().slice(0, count).entries()) {
    const photo = await decodeImage(join(FOLDER, name));
    if (i % HELD_OUT_EVERY === HELD_OUT_EVERY - 1) heldOut.push(photo);
    else train.push(await Promise.all(SCALES.map((scale) => scaled(photo, scale))));
  }
  return { train, heldOut };
}

async function scaled(image: Image, scale: number): Promise<Image> {
  if (scale === 1) return image;
  return await resizeImage(
    image,
    Math.round(image.width * scale),
    Math.round(image.height * scale),
  );
}

/** A picture at half its size with faults at random: softened, noisy, compressed; many have none. */
export async function spoiled(image: Image, random: Random): Promise<Image> {
  const { width, height } = image;
  const raw = { width: width / 2, height: height / 2, channels: 3 } as const;
  const pipeline = sharp(image.data, { raw: { width, height, channels: 3 } }).resize({
    ...{ width: raw.width, height: raw.height, fit: "fill" },
    kernel: KERNELS[random.integer(KERNELS.length)] ?? "cubic",
  });
  if (random.uniform() < BLUR.share) pipeline.blur(0.3 + random.uniform() * (BLUR.sigma - 0.3));
  let data: Uint8Array = await pipeline.raw().toBuffer();
  if (random.uniform() < NOISE.share) data = noisy(data, random.uniform() * NOISE.sigma, random);
  if (random.uniform() < JPEG.share) {
    const quality = JPEG.worst + random.integer(JPEG.best - JPEG.worst);
    const file = await sharp(data, { raw }).jpeg({ quality }).toBuffer();
    data = await sharp(file).raw().toBuffer();
  }
  return { width: raw.width, height: raw.height, data };
}

function noisy(data: Uint8Array, sigma: number, random: Random): Uint8Array {
  const noise = random.fillNormal(new Float32Array(data.length));
  return Uint8Array.from(data, (x, i) =>
    Math.min(255, Math.max(0, Math.round(x + sigma * (noise[i] as number)))),
  );
}

/** Small pictures with their margins [N, 3, SMALL + 2 MARGIN, same], and the large ones they come from [N, 3, LARGE, LARGE], 0..255. */
export interface Pairs {
  readonly small: Float32Array;
  readonly large: Float32Array;
}

/** Pairs cut out at random places, scales, and mirrored or not. */
export async function drawPairs(
  photos: readonly (readonly Image[])[],
  count: number,
  random: Random,
): Promise<Pairs> {
  const inner = SMALL + 2 * MARGIN;
  const [smallSize, largeSize] = [3 * inner ** 2, 3 * LARGE ** 2];
  const small = new Float32Array(count * smallSize);
  const large = new Float32Array(count * largeSize);
  const side = 2 * inner;
  for (let i = 0; i < count; i++) {
    const own = random.split(i);
    const scales = photos[own.integer(photos.length)] as readonly Image[];
    const photo = scales[own.integer(scales.length)] as Image;
    const at = {
      left: own.integer(photo.width - side + 1),
      top: own.integer(photo.height - side + 1),
    };
    const cut = pixelsOf(windowPlanes(photo, at, { width: side, height: side }), side);
    const turned = own.uniform() < 0.5 ? cut : mirrored(cut);
    small.set(planes(await spoiled(turned, own)), i * smallSize);
    const middle = { left: 2 * MARGIN, top: 2 * MARGIN };
    large.set(windowPlanes(turned, middle, { width: LARGE, height: LARGE }), i * largeSize);
  }
  return { small, large };
}

function pixelsOf(bytes: Uint8Array, side: number): Image {
  const area = side * side;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = bytes[c * area + i] as number;
  return { width: side, height: side, data };
}

function mirrored({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < 3; c++)
        out[3 * (y * width + x) + c] = data[3 * (y * width + width - 1 - x) + c] as number;
  return { width, height, data: out };
}

function planes(image: Image): Uint8Array {
  return windowPlanes(image, { left: 0, top: 0 }, image);
}
