/** @file Sample rate conversion. */

/**
 * Filters: zero crossings of the sinc on each side, shape of the Kaiser window, and cut-off as a part of the lower of both Nyquist frequencies. "fine" is for
 * listening: what cannot be kept is 90 dB down. "fast" takes less than half of the time, 60 dB down, for analysis.
 */
const FILTERS = {
  fine: { zeros: 24, beta: 9, cutoff: 0.92 },
  fast: { zeros: 10, beta: 6, cutoff: 0.88 },
} as const;

/** Modified Bessel function of order 0, by its series. */
function bessel0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * Converts one channel from one sample rate to another, piece by piece, without delay: output sample k is the sound at k / to seconds.
 *
 * Band-limited interpolation with a Kaiser-windowed sinc, one row of a table for each position of the output between two samples of the input
 * (Smith and Gossett 1984, "A Flexible Sampling-Rate Conversion Method", ICASSP).
 */
export class Resampler {
  /** Output samples that share one row: output k lies at input `k step / rows`. */
  readonly #rows: number;
  readonly #step: number;
  readonly #taps: number;
  readonly #table: Float32Array;
  /** Input that later outputs may need; its first sample has the number `#first`. */
  #kept: Float32Array;
  #first: number;
  #produced = 0;
  #taken = 0;

  /**
   * @param from Sample rate of the input [Hz], a whole number.
   * @param to Sample rate of the output.
   */
  constructor(from: number, to: number, filter: keyof typeof FILTERS = "fine") {
    const { zeros, beta, cutoff: part } = FILTERS[filter];
    const common = gcd(from, to);
    this.#rows = to / common;
    this.#step = from / common;
    const cutoff = from === to ? 1 : Math.min(1, to / from) * part;
    const half = from === to ? 1 : Math.ceil(zeros / cutoff);
    this.#taps = 2 * half;
    this.#table = new Float32Array(this.#rows * this.#taps);
    for (let row = 0; row < this.#rows; row++) {
      const offset = row / this.#rows;
      for (let tap = 0; tap < this.#taps; tap++) {
        const x = tap - half + 1 - offset;
        const window = bessel0(beta * Math.sqrt(Math.max(0, 1 - (x / half) ** 2))) / bessel0(beta);
        const phase = Math.PI * cutoff * x;
        const sinc = phase === 0 ? 1 : Math.sin(phase) / phase;
        this.#table[row * this.#taps + tap] = cutoff * sinc * window;
      }
    }
    // The first output needs half - 1 samples before the first input: silence.
    this.#kept = new Float32Array(half - 1);
    this.#first = 1 - half;
  }

  /** Takes the next input and gives the output that it makes possible. */
  add(input: Float32Array): Float32Array {
    this.#taken += input.length;
    return this.#run(input, Number.POSITIVE_INFINITY);
  }

  /** The rest, after the last input: the whole output has `ceil(input * to / from)` samples. */
  finish(): Float32Array {
    const total = Math.ceil((this.#taken * this.#rows) / this.#step);
    return this.#run(new Float32Array(this.#taps), total);
  }

  #run(input: Float32Array, most: number): Float32Array {
    const kept = new Float32Array(this.#kept.length + input.length);
    kept.set(this.#kept);
    kept.set(input, this.#kept.length);
    const [rows, step, taps, table] = [this.#rows, this.#step, this.#taps, this.#table];
    const half = taps / 2;
    const last = this.#first + kept.length - 1;
    // Output k uses the inputs floor(k step / rows) - half + 1 to floor(k step / rows) + half.
    const possible = Math.ceil(((last - half + 1) * rows) / step);
    const end = Math.max(this.#produced, Math.min(most, possible));
    const out = new Float32Array(end - this.#produced);
    for (let k = this.#produced; k < end; k++) {
      const position = k * step;
      const whole = Math.floor(position / rows);
      let at = (position - whole * rows) * taps;
      let from = whole - half + 1 - this.#first;
      // The number of taps is even; two sums do not wait for each other.
      let [even, odd] = [0, 0];
      for (const stop = at + taps; at < stop; at += 2, from += 2) {
        even += table[at]! * kept[from]!;
        odd += table[at + 1]! * kept[from + 1]!;
      }
      out[k - this.#produced] = even + odd;
    }
    this.#produced = end;
    const needed = Math.floor((end * step) / rows) - half + 1;
    const drop = Math.min(kept.length, Math.max(0, needed - this.#first));
    this.#kept = kept.slice(drop);
    this.#first += drop;
    return out;
  }
}
