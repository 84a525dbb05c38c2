import type { UntrustedFile } from "./untrusted-file.ts";

/** Longest text [bytes]: what the longest string of every JavaScript engine holds. */
const MAX_TEXT = 2 ** 28;

/** Reads little-endian numbers, bytes and texts one after another, and never past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #file: UntrustedFile;
  /** Offset of the next byte. */
  position: number;

  constructor(bytes: Uint8Array, file: UntrustedFile, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#file = file;
    this.position = position;
  }

  /** Moves on, and gives where it was. */
  #step(count: number): number {
    const from = this.position;
    if (count > this.#bytes.length - from) {
      throw this.#file.damaged(
        `${count} bytes are needed at byte ${from}, but it ends at byte ${this.#bytes.length}`,
      );
    }
    this.position += count;
    return from;
  }

  /** A byte. */
  uint8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  /** A number of 2 bytes. */
  uint16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  /** A signed number of 4 bytes. */
  int32(): number {
    return this.#view.getInt32(this.#step(4), true);
  }

  /** A number of 4 bytes. */
  uint32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  /** A number of 8 bytes; beyond 2^53 it is not exact, but too large for any file. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#step(8), true));
  }

  /** Python writes this one number with its highest byte first. */
  float64BigEndian(): number {
    return this.#view.getFloat64(this.#step(8), false);
  }

  /** A view of the next bytes, not a copy. */
  bytes(count: number): Uint8Array {
    const from = this.#step(count);
    return this.#bytes.subarray(from, from + count);
  }

  #text(count: number): Uint8Array {
    if (count > MAX_TEXT) {
      throw this.#file.damaged(`the text at byte ${this.position} has ${count} bytes`);
    }
    return this.bytes(count);
  }

  /** UTF-8 text of so many bytes. */
  utf8(count: number): string {
    const bytes = this.#text(count);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw this.#file.damaged(`the text before byte ${this.position} is no UTF-8`, { cause });
    }
  }

  /** Text of so many bytes in which each is one character. */
  latin1(count: number): string {
    return latin1(this.#text(count));
  }

  /** The text up to the end of the line, which is skipped. */
  line(): string {
    const end = this.#bytes.subarray(0, this.position + MAX_TEXT).indexOf(0x0a, this.position);
    if (end < 0) {
      throw this.#file.damaged(`the line at byte ${this.position} has no end`);
    }
    const text = this.latin1(end - this.position);
    this.position++;
    return text;
  }
}

/** Characters U+0000 to U+00FF, one for each byte. (TextDecoder's "latin1" is Windows-1252.) */
function latin1(bytes: Uint8Array): string {
  const CHUNK = 8192;
  let text = "";
  for (let i = 0; i < bytes.length; i += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(i, i + CHUNK));
  }
  return text;
}
