import { ConfigError } from "../../base/errors.ts";
import type { Image, Rgb } from "../image.ts";
import { DRUMS, PARTS } from "./parts.ts";
import { BEATS_PER_BAR, checkRoll, DEFAULT_ROLL, type Roll } from "./roll.ts";

/** How a roll is drawn. */
export interface RollPictureOptions {
  /** Width of a step [pixels]. @default 6 */
  readonly stepWidth?: number;
  /** Height of a pitch [pixels]. @default 2 */
  readonly pitchHeight?: number;
}

/** Colours of the parts, in their order; told apart with colour-blind eyes too (Okabe and Ito 2008). */
const COLOURS: readonly Rgb[] = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [213, 94, 0],
  [204, 121, 167],
];

const BACKGROUND: Rgb = [24, 26, 32];
const OCTAVE: Rgb = [40, 43, 52];
const BEAT: Rgb = [36, 39, 47];
const BAR: Rgb = [92, 97, 112];

/** Pixels between parts. */
const GAP = 4;

/** Largest picture [pixels]. */
const MAX_PIXELS = 2 ** 27;

/**
 * A piano-roll as a picture: time to the right, pitch upwards, one band for each part (drums, piano, guitar, bass, strings, from the top) in its colour,
 * lines at bars, beats and the notes C.
 *
 * @throws {ShapeError} if the roll's data do not have the size of its format.
 * @throws {ConfigError} if a size is out of range.
 */
export function rollPicture(roll: Roll, options: RollPictureOptions = {}): Image {
  const { stepWidth = 6, pitchHeight = 2 } = options;
  checkRoll("rollPicture", roll);
  const { pitches, lowPitch, stepsPerBar } = roll.format;
  const steps = roll.bars * stepsPerBar;
  const band = pitches * pitchHeight;
  const [width, height] = [steps * stepWidth, PARTS.length * (band + GAP) - GAP];
  checkSizes(stepWidth, pitchHeight, width * height);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const part = Math.floor(y / (band + GAP));
    const row = pitches - 1 - Math.floor((y % (band + GAP)) / pitchHeight);
    const roof = y % pitchHeight === 0; // parts neighbouring pitches where there is room
    for (let x = 0; x < width; x++) {
      const step = Math.floor(x / stepWidth);
      const [first, cell] = [x % stepWidth === 0, (part * steps + step) * pitches + row];
      const on = row >= 0 && roll.data[cell] !== 0;
      const begins =
        on && first && (part === DRUMS || step === 0 || roll.data[cell - pitches] === 0);
      let colour = BACKGROUND;
      if (row >= 0 && (lowPitch + row) % 12 === 0) colour = OCTAVE;
      if (row >= 0 && first && step % (stepsPerBar / BEATS_PER_BAR) === 0) colour = BEAT;
      if (row >= 0 && first && step % stepsPerBar === 0) colour = BAR;
      if (on && !(begins && stepWidth > 2) && !(roof && pitchHeight > 3))
        colour = COLOURS[part] as Rgb;
      data.set(colour, 3 * (y * width + x));
    }
  }
  return { width, height, data };
}

/**
 * What a model makes of a segment as a small picture.
 *
 * @param planes Shape [parts, steps, pitches]; a note sounds above 0.
 * @param steps A whole number of bars.
 */
export function drawSegment(planes: Float32Array, steps: number): Image {
  const format = { ...DEFAULT_ROLL, pitches: planes.length / (PARTS.length * steps) };
  const data = Uint8Array.from(planes, (x) => Number(x > 0));
  return rollPicture(
    { format, bars: steps / format.stepsPerBar, data },
    { stepWidth: 3, pitchHeight: 1 },
  );
}

function checkSizes(stepWidth: number, pitchHeight: number, pixels: number): void {
  for (const [what, value] of Object.entries({ stepWidth, pitchHeight })) {
    if (!Number.isInteger(value) || value < 1 || value > 64)
      throw new ConfigError(
        `rollPicture: ${what} is ${value}, expected a whole number from 1 to 64.`,
      );
  }
  if (pixels > MAX_PIXELS) {
    throw new ConfigError(
      `rollPicture: the picture would have ${pixels} pixels, expected at most ${MAX_PIXELS}. Draw fewer bars, or smaller steps.`,
    );
  }
}
