/** How many square crops are taken of a picture: a number, or by its aspect ratio. */
export type Crops = number | "auto";

/** Pictures whose longer side is less than this many times the shorter give one crop: the next would show the same. */
const SINGLE_CROP_ASPECT = 1.3;

/** Most crops that `"auto"` takes of a picture. */
const MAX_AUTO_CROPS = 3;

/**
 * Where the square crops of a picture begin, evenly spread along its longer side from end to end; a single one lies in the middle.
 *
 * `"auto"`: 1 below an aspect ratio of 1.3, else the ratio rounded up, at most 3.
 *
 * @param short Shorter side [pixels], also the side of a crop.
 * @param long Longer side [pixels].
 * @returns Offsets along the longer side [pixels], ascending, none twice.
 */
export function cropOffsets(short: number, long: number, crops: Crops): number[] {
  const aspect = long / short;
  const auto = aspect < SINGLE_CROP_ASPECT ? 1 : Math.min(MAX_AUTO_CROPS, Math.ceil(aspect));
  const count = crops === "auto" ? auto : crops;
  const room = long - short;
  if (count === 1) return [Math.floor(room / 2)];
  return [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round((i * room) / (count - 1)))),
  ];
}
