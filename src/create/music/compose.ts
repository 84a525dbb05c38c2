import { ConfigError } from "../../base/errors.ts";
import { DRUMS, PARTS, type Part } from "../../media/midi/parts.ts";
import { BEATS_PER_BAR, checkRoll, type Roll, type RollFormat } from "../../media/midi/roll.ts";
import { byTime, DRUM_CHANNEL, type MidiNote, type Song } from "../../media/midi/song.ts";

/** How a roll is played. */
export interface ComposeOptions {
  /** Beats a minute, 20 to 400. @default 120 */
  readonly bpm?: number;
  /** Instruments of General MIDI, 0 to 127. @default piano 0, guitar 25 (steel strings), bass 33 (fingers), strings 48 */
  readonly programs?: Partial<Record<Exclude<Part, "drums">, number>>;
  /** Parts that are silent. @default none */
  readonly mute?: readonly Part[];
  /** Semitones by which all parts but the drums are moved, -24 to 24. Models make music in C major and A minor. @default 0 */
  readonly transpose?: number;
}

/** Semitones by which a piece can be moved. */
const MOST_TRANSPOSED = 24;

/** Ticks of a quarter note: 4 and 6 steps a beat divide it. */
const TICKS_PER_QUARTER = 480;

/** Instruments of General MIDI, counted from 0. */
const PROGRAMS: Readonly<Record<Part, number>> = {
  drums: 0,
  piano: 0,
  guitar: 25,
  bass: 33,
  strings: 48,
};

/** Loudness of each part beside the accents: strings carry far, a bass needs weight. */
const VELOCITIES: Readonly<Record<Part, number>> = {
  drums: 88,
  piano: 80,
  guitar: 76,
  bass: 92,
  strings: 68,
};

/** Added on the first beat, on other beats, and beside the eighth notes. */
const ACCENTS = { bar: 16, beat: 8, between: -10 } as const;

/** Channels by part: the tenth plays drums. */
const channelOf = (part: number): number => (part === DRUMS ? DRUM_CHANNEL : part - 1);

/**
 * A piano-roll as a piece of music: steps in a row become one note, drums are struck at every step that is on. The beat is accented.
 *
 * @throws {ConfigError} if an option is out of range.
 * @throws {ShapeError} if the roll's data do not have the size of its format.
 */
export function composeSong(roll: Roll, options: ComposeOptions = {}): Song {
  const { bpm = 120, programs = {}, mute = [], transpose = 0 } = options;
  checkRoll("composeSong", roll);
  checkNumber("bpm", bpm, 20, 400);
  checkNumber("transpose", transpose, -MOST_TRANSPOSED, MOST_TRANSPOSED);
  for (const [part, program] of Object.entries(programs))
    checkNumber(`programs.${part}`, program, 0, 127);
  const ticks = (TICKS_PER_QUARTER * BEATS_PER_BAR) / roll.format.stepsPerBar;
  const notes: MidiNote[] = [];
  for (const [part, name] of PARTS.entries()) {
    if (mute.includes(name)) continue;
    const program = { ...PROGRAMS, ...programs }[name];
    for (const { step, length, pitch } of notesOfPart(roll, part)) {
      notes.push({
        start: step * ticks,
        end: (step + length) * ticks,
        pitch: part === DRUMS ? pitch : within(pitch + transpose),
        velocity: VELOCITIES[name] + accentAt(step, roll.format),
        channel: channelOf(part),
        program,
        track: part,
      });
    }
  }
  return {
    ticksPerQuarter: TICKS_PER_QUARTER,
    notes: notes.sort(byTime),
    tempos: [{ tick: 0, bpm }],
    metres: [{ tick: 0, numerator: BEATS_PER_BAR, denominator: 4 }],
    trackNames: PARTS,
    endTick: roll.bars * roll.format.stepsPerBar * ticks,
  };
}

/** A pitch that MIDI has, by octaves. */
function within(pitch: number): number {
  if (pitch < 0) return pitch + 12 * Math.ceil(-pitch / 12);
  return pitch > 127 ? pitch - 12 * Math.ceil((pitch - 127) / 12) : pitch;
}

/** A note by steps. */
interface RollNote {
  readonly step: number;
  readonly length: number;
  /** 0..127. */
  readonly pitch: number;
}

/** Notes of one part, as they begin. */
function* notesOfPart({ format, bars, data }: Roll, part: number): Generator<RollNote> {
  const { pitches, lowPitch } = format;
  const steps = bars * format.stepsPerBar;
  const base = part * steps * pitches;
  const on = (step: number, row: number): boolean =>
    step >= 0 && step < steps && data[base + step * pitches + row] !== 0;
  for (let step = 0; step < steps; step++) {
    for (let row = 0; row < pitches; row++) {
      if (!on(step, row) || (part !== DRUMS && on(step - 1, row))) continue;
      let length = 1;
      if (part !== DRUMS) while (on(step + length, row)) length++;
      yield { step, length, pitch: lowPitch + row };
    }
  }
}

function accentAt(step: number, { stepsPerBar }: RollFormat): number {
  const beat = stepsPerBar / BEATS_PER_BAR;
  if (step % stepsPerBar === 0) return ACCENTS.bar;
  if (step % beat === 0) return ACCENTS.beat;
  return step % (beat / 2) === 0 ? 0 : ACCENTS.between;
}

function checkNumber(what: string, value: number, least: number, most: number): void {
  const whole = what === "bpm" || Number.isInteger(value);
  if (whole && value >= least && value <= most) return;
  throw new ConfigError(`${what}: got ${value}, expected a number from ${least} to ${most}.`);
}
