import { ShapeError } from "../../base/errors.ts";
import { PARTS } from "../../media/midi/parts.ts";
import type { Roll, RollFormat } from "../../media/midi/roll.ts";

/**
 * One roll of segments that follow each other: what a model makes bar by bar as one piece.
 *
 * @param segments At least one, each of shape [parts, bars x steps a bar, pitches]; they may differ in their number of bars.
 * @throws {ShapeError} if there are none, or one is no whole number of bars.
 */
export function joinSegments(segments: readonly Uint8Array[], format: RollFormat): Roll {
  const perBar = PARTS.length * format.stepsPerBar * format.pitches;
  const cells = segments.reduce((sum, segment) => sum + segment.length, 0);
  for (const [i, { length }] of segments.entries()) {
    if (length === 0 || length % perBar !== 0) {
      throw new ShapeError(
        `joinSegments: segment ${i} has ${length} cells, expected a multiple of ${perBar} (${PARTS.length} parts x ${format.stepsPerBar} steps x ${format.pitches} pitches).`,
      );
    }
  }
  if (cells === 0) throw new ShapeError("joinSegments: got no segments, expected at least 1.");
  const data = new Uint8Array(cells);
  let at = 0;
  for (const segment of segments) {
    const part = segment.length / PARTS.length;
    for (let p = 0; p < PARTS.length; p++)
      data.set(segment.subarray(p * part, (p + 1) * part), (p * cells) / PARTS.length + at);
    at += part;
  }
  return { format, bars: cells / perBar, data };
}
