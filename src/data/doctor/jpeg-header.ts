/** What the header of a JPEG says. */
export interface JpegHeader {
  /** As it is stored [pixels]. */
  readonly width: number;
  readonly height: number;
  /** One plane, not three. */
  readonly grey: boolean;
  /** A colour profile is in it. */
  readonly profile: boolean;
  /** EXIF's: 1 for upright, 5 to 8 for pictures that lie on their side. */
  readonly orientation: number;
}

/** Frames of 8-bit pictures with Huffman coding: baseline, extended, progressive. */
const FRAMES = [0xc0, 0xc1, 0xc2];

/**
 * The header of a usual JPEG, which asking the decoder for costs a tenth of decoding it. Nothing is said of unusual ones, such as those of four planes: the decoder
 * has to be asked.
 *
 * @returns undefined if it is another file, an unusual JPEG, or damaged before its pixels begin.
 * @see ITU-T T.81, annex B
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frame: Pick<JpegHeader, "width" | "height" | "grey"> | undefined;
  let profile = false;
  let orientation: number | undefined;
  try {
    if (view.getUint16(0) !== 0xffd8) return undefined;
    for (let at = 2; ; ) {
      const marker = view.getUint8(at + 1);
      if (view.getUint8(at) !== 0xff || marker < 0xc0 || marker === 0xff) return undefined;
      const [begin, end] = [at + 4, at + 2 + view.getUint16(at + 2)];
      if (FRAMES.includes(marker)) {
        const [depth, planes] = [view.getUint8(begin), view.getUint8(begin + 5)];
        if (frame !== undefined || depth !== 8 || (planes !== 1 && planes !== 3)) return undefined;
        const [height, width] = [view.getUint16(begin + 1), view.getUint16(begin + 3)];
        frame = { width, height, grey: planes === 1 };
      }
      if (marker === 0xda) break;
      if (marker === 0xe1 && startsWith(view, begin, "Exif\0\0")) {
        if (orientation !== undefined) return undefined;
        orientation = orientationOf(view, begin + 6, end);
      }
      if (marker === 0xe2 && startsWith(view, begin, "ICC_PROFILE\0")) profile = true;
      at = end;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends early
    throw error;
  }
  if (frame === undefined || frame.width === 0 || frame.height === 0) return undefined;
  return { ...frame, profile, orientation: orientation ?? 1 };
}

function startsWith(view: DataView, at: number, text: string): boolean {
  return [...text].every((letter, i) => view.getUint8(at + i) === letter.charCodeAt(0));
}

/** Orientation in EXIF data, a TIFF file without pixels; 1 if it says none. @throws {RangeError} if they end early. */
function orientationOf(view: DataView, begin: number, end: number): number {
  const order = view.getUint16(begin);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) throw new RangeError("no byte order");
  const first = begin + view.getUint32(begin + 4, little);
  const count = view.getUint16(first, little);
  if (first + 2 + 12 * count > end) throw new RangeError("the tags end early");
  for (let i = 0; i < count; i++) {
    const tag = first + 2 + 12 * i;
    if (view.getUint16(tag, little) !== 0x0112) continue;
    const value = view.getUint16(tag + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
