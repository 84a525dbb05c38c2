import sharp from "sharp";
import type { Generator } from "../../src/create/generator.ts";
import { imageGrid } from "../../src/media/grid.ts";
import { resizeImage } from "../../src/media/image.node.ts";
import type { Image } from "../../src/media/image.ts";
import type { Method } from "./measure.ts";

/** Side of a part, and how large its pixels are shown. */
const [PART, ZOOM] = [72, 3];

/** What is shown: held-out photographs by number, and where to look. */
const PLACES = [
  { photo: 0, left: 60, top: 86 },
  { photo: 3, left: 110, top: 112 },
  { photo: 13, left: 150, top: 100 },
  { photo: 15, left: 150, top: 24 },
  { photo: 17, left: 14, top: 118 },
] as const;

/** Seeds of the generated pictures that are shown. */
const SEEDS = [0, 3, 7];

/** Parts of photographs at half their size, enlarged in every way, and the real ones: a row a photograph. */
export async function sideBySide(
  photos: readonly Image[],
  methods: Readonly<Record<string, Method>>,
): Promise<Image> {
  const cells: Image[] = [];
  for (const { photo, left, top } of PLACES) {
    const real = photos[photo] as Image;
    const small = await resizeImage(real, real.width / 2, real.height / 2);
    cells.push(await shown(small, left / 2, top / 2, PART / 2));
    for (const enlarge of Object.values(methods))
      cells.push(await shown(await enlarge(small, 2), left, top, PART));
    cells.push(await shown(real, left, top, PART));
  }
  return imageGrid(cells, { columns: Object.keys(methods).length + 2, gap: 4 });
}

/** Generated pictures at 4 times their size, in every way: a row a picture. */
export async function generatedSideBySide(
  generator: Pick<Generator, "fromSeeds">,
  methods: Readonly<Record<string, Method>>,
): Promise<Image> {
  const cells: Image[] = [];
  for await (const picture of generator.fromSeeds(SEEDS))
    for (const enlarge of Object.values(methods)) cells.push(await enlarge(picture, 4));
  return imageGrid(cells, { columns: Object.keys(methods).length, gap: 4 });
}

/** A square part with pixels as squares, all cells of one size. */
async function shown(image: Image, left: number, top: number, side: number): Promise<Image> {
  const { width, height } = image;
  const size = PART * ZOOM;
  const data = await sharp(image.data, { raw: { width, height, channels: 3 } })
    .extract({ left, top, width: side, height: side })
    .resize({ width: size, height: size, kernel: "nearest" })
    .raw()
    .toBuffer();
  return { width: size, height: size, data };
}
