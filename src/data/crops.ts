import type { Size } from "../base/size.ts";

/** How many crops are taken of a picture: a number, or by its aspect ratio. */
export type Crops = number | "auto";

/** Pictures that are less than this many times as long as a crop give one: the next would show the same. */
const SINGLE_CROP_ASPECT = 1.3;

/** Most crops that `"auto"` takes of a picture. */
const MAX_AUTO_CROPS = 3;

/** Upper left corner of a crop [pixels]. */
export interface Corner {
  readonly left: number;
  readonly top: number;
}

/**
 * Where the crops of a picture begin, evenly spread from end to end along the side of the picture that is longer than the crop's; a single one lies in
 * the middle.
 *
 * `"auto"`: 1 where that side is below 1.3 times the crop's, else as many as it is times as long, rounded up, at most 3.
 *
 * @param picture Size of the picture, which just covers a crop: one side is the crop's.
 * @param crop Size of every crop.
 */
export function cropWindows(picture: Size, crop: Size, crops: Crops): Corner[] {
  const [across, down] = [picture.width - crop.width, picture.height - crop.height];
  return across >= down
    ? cropOffsets(crop.width, picture.width, crops).map((left) => ({ left, top: 0 }))
    : cropOffsets(crop.height, picture.height, crops).map((top) => ({ left: 0, top }));
}

/**
 * Where crops begin along one side.
 *
 * @param crop Side of a crop [pixels].
 * @param long Side of the picture [pixels].
 * @returns Offsets [pixels], ascending, none twice.
 */
export function cropOffsets(crop: number, long: number, crops: Crops): number[] {
  const aspect = long / crop;
  const auto = aspect < SINGLE_CROP_ASPECT ? 1 : Math.min(MAX_AUTO_CROPS, Math.ceil(aspect));
  const count = crops === "auto" ? auto : crops;
  const room = long - crop;
  if (count === 1) return [Math.floor(room / 2)];
  return [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round((i * room) / (count - 1)))),
  ];
}
