/** @file A picture's outline in few bytes, which stays nearly the same when it is stored, resized or lit in another way. */

/** Side of the picture that a hash is made of [pixels]. */
export const HASH_SIDE = 32;

/** Side of the colours that two pictures are compared by once their hashes are near [pixels]. */
const COLOUR_SIDE = 8;

/** Bytes of these colours: [8, 8, 3]. */
export const COLOUR_BYTES: number = 3 * COLOUR_SIDE ** 2;

/** Frequencies of each axis that are looked at. */
const FREQUENCIES = 11;

/** The 64 lowest of the two-dimensional frequencies, diagonal by diagonal, but the mean. */
const LOWEST: readonly number[] = Array.from({ length: FREQUENCIES ** 2 }, (_, i) => i)
  .sort((a, b) => diagonal(a) - diagonal(b) || a - b)
  .slice(1, 65);

function diagonal(i: number): number {
  return (i % FREQUENCIES) + Math.floor(i / FREQUENCIES);
}

/** cos(pi (x + 1/2) u / 32), shape [11, 32]. */
const COSINES: Float64Array = Float64Array.from({ length: FREQUENCIES * HASH_SIDE }, (_, i) =>
  Math.cos((Math.PI * ((i % HASH_SIDE) + 0.5) * Math.floor(i / HASH_SIDE)) / HASH_SIDE),
);

/**
 * 64-bit perceptual hash: the discrete cosine transform of the grey picture, and for each of its 64 lowest frequencies whether the coefficient is above their
 * median. Equal pictures have equal hashes, different ones differ in 32 bits on average.
 *
 * @param rgb Shape [32, 32, 3], 0..255.
 * @returns Low and high 32 bits.
 * @see Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions"
 */
export function perceptualHash(rgb: Uint8Array): [low: number, high: number] {
  const coefficients = cosineTransform(rgb);
  const lowest = LOWEST.map((i) => coefficients[i] as number);
  const sorted = Float64Array.from(lowest).sort();
  const median = ((sorted[31] as number) + (sorted[32] as number)) / 2;
  const bits = (from: number): number => {
    let word = 0;
    for (let i = 0; i < 32; i++) if ((lowest[from + i] as number) > median) word |= 1 << i;
    return word >>> 0;
  };
  return [bits(0), bits(32)];
}

/** Coefficients of the grey picture, shape [11, 11]: C G C^T. */
function cosineTransform(rgb: Uint8Array): Float64Array {
  const rows = new Float64Array(FREQUENCIES * HASH_SIDE); // C G, shape [11, 32]
  for (let y = 0; y < HASH_SIDE; y++) {
    for (let x = 0; x < HASH_SIDE; x++) {
      const at = 3 * (y * HASH_SIDE + x);
      const [r, g, b] = [rgb[at] as number, rgb[at + 1] as number, rgb[at + 2] as number];
      const grey = 0.299 * r + 0.587 * g + 0.114 * b;
      for (let v = 0, to = x, from = y; v < FREQUENCIES; v++, to += HASH_SIDE, from += HASH_SIDE)
        rows[to] = (rows[to] as number) + grey * (COSINES[from] as number);
    }
  }
  const out = new Float64Array(FREQUENCIES ** 2);
  for (let v = 0; v < FREQUENCIES; v++) {
    for (let u = 0; u < FREQUENCIES; u++) {
      let sum = 0;
      for (let x = 0; x < HASH_SIDE; x++)
        sum += (rows[v * HASH_SIDE + x] as number) * (COSINES[u * HASH_SIDE + x] as number);
      out[v * FREQUENCIES + u] = sum;
    }
  }
  return out;
}

/** Mean colours of 8x8 fields, shape [8, 8, 3], of a picture [32, 32, 3]. */
export function coarseColours(rgb: Uint8Array): Uint8Array {
  const field = HASH_SIDE / COLOUR_SIDE;
  return Uint8Array.from({ length: COLOUR_BYTES }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % COLOUR_SIDE, Math.floor(i / 3 / COLOUR_SIDE)];
    let sum = 0;
    for (let row = y * field; row < (y + 1) * field; row++)
      for (let column = x * field; column < (x + 1) * field; column++)
        sum += rgb[3 * (row * HASH_SIDE + column) + (i % 3)] as number;
    return Math.round(sum / field ** 2);
  });
}

/** Standard deviation of the pixels: the largest of red, green and blue, 0..127.5. Near 0 for a picture of one colour. */
export function deviationOf(rgb: Uint8Array): number {
  const deviation = (channel: number): number => {
    let [sum, squares] = [0, 0];
    for (let i = channel; i < rgb.length; i += 3) {
      sum += rgb[i] as number;
      squares += (rgb[i] as number) ** 2;
    }
    const count = rgb.length / 3;
    return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
  };
  return Math.max(deviation(0), deviation(1), deviation(2));
}
