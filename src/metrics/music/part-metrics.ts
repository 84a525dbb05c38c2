import { BEATS_PER_BAR, DRUMS, partRoll, type Rolls, stepsOf } from "../../data/music/rolls.ts";

/** Notes of this many steps or more are qualified: shorter ones sound like fragments. */
export const QUALIFIED_STEPS = 3;

/** Pitches at once above which a step is polyphonic. */
export const POLYPHONIC_PITCHES = 2;

/** What a drum hit beside the eighth notes counts. */
const OFF_PATTERN = 0.1;

/** Pitch classes of an octave. */
export const PITCH_CLASSES = 12;

/**
 * What one part plays, over all segments. Null where there is nothing to divide by, or where the part has no pitches or no drums.
 *
 * @see Dong et al. 2017, "MuseGAN: Multi-track Sequential Generative Adversarial Networks for Symbolic Music Generation and Accompaniment",
 * arXiv:1709.06298, section "Objective metrics"
 */
export interface PartMetrics {
  /** EB: share of bars without a note. */
  readonly emptyBars: number;
  /** UPC: pitch classes in a bar that is not empty, 1 to 12, mean. */
  readonly usedPitchClasses: number | null;
  /** QN: share of notes of at least 3 steps. Drums have no lengths. */
  readonly qualifiedNotes: number | null;
  /** PP: share of steps with more than 2 pitches. */
  readonly polyphony: number | null;
  /** DP: share of drum hits on eighth notes, those beside counting 0.1. */
  readonly drumPatterns: number | null;
}

/** Sums that make up the metrics of a part. */
interface Sums {
  bars: number;
  empty: number;
  classes: number;
  notes: number;
  qualified: number;
  polyphonic: number;
  hits: number;
  inPattern: number;
}

/** Measures one part of all segments. */
export function partMetrics(rolls: Rolls, part: number): PartMetrics {
  const sums: Sums = {
    bars: 0,
    empty: 0,
    classes: 0,
    notes: 0,
    qualified: 0,
    polyphonic: 0,
    hits: 0,
    inPattern: 0,
  };
  for (let segment = 0; segment < rolls.count; segment++) {
    const roll = partRoll(rolls, segment, part);
    addBars(sums, roll, rolls);
    if (part === DRUMS) addHits(sums, roll, rolls);
    else addNotes(sums, roll, rolls);
  }
  const pitched = part !== DRUMS;
  const ratio = (value: number, of: number): number | null => (of === 0 ? null : value / of);
  return {
    emptyBars: sums.empty / sums.bars,
    usedPitchClasses: pitched ? ratio(sums.classes, sums.bars - sums.empty) : null,
    qualifiedNotes: pitched ? ratio(sums.qualified, sums.notes) : null,
    polyphony: pitched ? ratio(sums.polyphonic, rolls.count * stepsOf(rolls)) : null,
    drumPatterns: pitched ? null : ratio(sums.inPattern, sums.hits),
  };
}

function addBars(sums: Sums, roll: Uint8Array, { format, bars }: Rolls): void {
  const size = format.stepsPerBar * format.pitches;
  for (let bar = 0; bar < bars; bar++) {
    const classes = new Set<number>();
    for (let cell = 0; cell < size; cell++)
      if (roll[bar * size + cell] !== 0)
        classes.add((format.lowPitch + (cell % format.pitches)) % PITCH_CLASSES);
    sums.bars++;
    if (classes.size === 0) sums.empty++;
    sums.classes += classes.size;
  }
}

function addNotes(sums: Sums, roll: Uint8Array, rolls: Rolls): void {
  const steps = stepsOf(rolls);
  const { pitches } = rolls.format;
  for (let step = 0; step < steps; step++) {
    let sounding = 0;
    for (let pitch = 0; pitch < pitches; pitch++) {
      const cell = step * pitches + pitch;
      if (roll[cell] === 0) continue;
      sounding++;
      if (step > 0 && roll[cell - pitches] !== 0) continue; // the note began before
      let length = 1;
      while (step + length < steps && roll[cell + length * pitches] !== 0) length++;
      sums.notes++;
      if (length >= QUALIFIED_STEPS) sums.qualified++;
    }
    if (sounding > POLYPHONIC_PITCHES) sums.polyphonic++;
  }
}

function addHits(sums: Sums, roll: Uint8Array, { format }: Rolls): void {
  const eighth = format.stepsPerBar / BEATS_PER_BAR / 2;
  for (let cell = 0; cell < roll.length; cell++) {
    if (roll[cell] === 0) continue;
    const step = Math.floor(cell / format.pitches);
    sums.hits++;
    sums.inPattern += step % eighth === 0 ? 1 : OFF_PATTERN;
  }
}
