import { DRUMS, PARTS } from "../../media/midi/parts.ts";
import { barSize, type RollFormat } from "../../media/midi/roll.ts";

/** Pitch classes of C major, and of A minor. */
const SCALE = [0, 2, 4, 5, 7, 9, 11];

/** Pitch classes of an octave. */
const CLASSES = 12;

/** Bars on either side that decide the key of a bar: fewer would take a chord for a key, more would miss a modulation. */
const REACH = 8;

/** How much the whole run counts beside that: it decides between scales that fit equally well. */
const WHOLE = 0.1;

/**
 * Semitones, -5 to 6, by which each bar has to be moved to come to C major or A minor: the scale that holds most of the sound of the bars around it
 * goes there. Drums do not count.
 *
 * @param bits Shape [bars, parts, steps, pitches], 8 cells a byte, the first in the highest bit.
 * @param runs Bars in a row that belong together, in the order of the bars.
 */
export function shiftsToCommonKey(
  bits: Uint8Array,
  format: RollFormat,
  runs: readonly { readonly count: number }[],
): Int8Array {
  const classes = classesOfBars(bits, format);
  const shifts = new Int8Array(classes.length / CLASSES);
  let base = 0;
  for (const { count } of runs) {
    const sumOf = (from: number, to: number): Float64Array => {
      const sum = new Float64Array(CLASSES);
      for (let i = Math.max(0, from); i < Math.min(count, to); i++)
        for (let k = 0; k < CLASSES; k++)
          sum[k] = (sum[k] as number) + (classes[(base + i) * CLASSES + k] as number);
      return normalised(sum);
    };
    const whole = sumOf(0, count);
    for (let i = 0; i < count; i++) {
      const near = sumOf(i - REACH, i + REACH + 1);
      const root = scaleOf(near.map((share, k) => share + WHOLE * (whole[k] as number)));
      shifts[base + i] = root > 5 ? CLASSES - root : -root;
    }
    base += count;
  }
  return shifts;
}

/** Root of the major scale that holds most. */
function scaleOf(shares: Float64Array): number {
  const within = Array.from({ length: CLASSES }, (_, root) =>
    SCALE.reduce((sum, step) => sum + (shares[(root + step) % CLASSES] as number), 0),
  );
  return within.indexOf(Math.max(...within));
}

function normalised(counts: Float64Array): Float64Array {
  const total = counts.reduce((a, b) => a + b, 0);
  return total === 0 ? counts : counts.map((count) => count / total);
}

/** Steps that sound, by bar and pitch class. */
function classesOfBars(bits: Uint8Array, format: RollFormat): Float64Array {
  const size = barSize(format);
  const counts = new Float64Array(((bits.length * 8) / size) * CLASSES);
  const drumsEnd = ((DRUMS + 1) * size) / PARTS.length;
  for (let i = 0; i < bits.length; i++) {
    for (let rest = bits[i] as number; rest !== 0; rest &= rest - 1) {
      const bit = 8 * i + Math.clz32(rest & -rest) - 24;
      const cell = bit % size;
      if (cell < drumsEnd) continue;
      const pitch = format.lowPitch + (cell % format.pitches);
      const at = Math.floor(bit / size) * CLASSES + (pitch % CLASSES);
      counts[at] = (counts[at] as number) + 1;
    }
  }
  return counts;
}
