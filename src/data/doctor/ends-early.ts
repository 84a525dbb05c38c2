/** What decoders say of a JPEG or GIF that ends too early. */
const ENDS_EARLY = /premature end of JPEG|unexpected end of GIF/i;

/** Marker at the end of a JPEG. */
const JPEG_END = Buffer.from([0xff, 0xd9]);

/** Bytes of the end of a PNG, within which its last chunk begins. */
const PNG_END = 64;

/**
 * Whether a picture that cannot be decoded was cut off, rather than changed: its format says where it ends, and it ends earlier.
 *
 * @param bytes The whole file.
 * @param message What the decoder said.
 */
export function endsEarly(bytes: Uint8Array, message: string): boolean {
  if (ENDS_EARLY.test(message)) return true;
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin = (from: number, to: number): string => file.toString("latin1", from, to);
  if (latin(0, 3) === "\u00ff\u00d8\u00ff") return file.indexOf(JPEG_END) < 0;
  if (latin(1, 4) === "PNG") return file.indexOf("IEND", file.length - PNG_END, "latin1") < 0;
  if (latin(0, 4) === "RIFF") return file.length < 12 || file.readUInt32LE(4) + 8 > file.length;
  return latin(4, 8) === "ftyp" && boxesEnd(file) > file.length;
}

/** Where the last box of an ISO base media file (AVIF) says that it ends. A size of 0 means the file's end, 1 that 64 bits follow. */
function boxesEnd(file: Buffer): number {
  let at = 0;
  while (at + 8 <= file.length) {
    const size = file.readUInt32BE(at);
    if (size === 0) return file.length;
    if (size === 1 && at + 16 > file.length) return at + 16;
    const length = size === 1 ? Number(file.readBigUInt64BE(at + 8)) : size;
    if (length < 8) return file.length; // no box: changed, not cut off
    at += length;
  }
  return at === file.length ? at : at + 8;
}
