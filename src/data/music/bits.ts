/** Packs cells into bits, 8 a byte, the first in the highest bit; any number but 0 is 1. */
export function packBits(cells: Uint8Array, out: Uint8Array): void {
  for (let i = 0; i < cells.length; i++)
    if (cells[i] !== 0) out[i >> 3] = (out[i >> 3] ?? 0) | (128 >> (i & 7));
}
