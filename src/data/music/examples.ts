import { PARTS } from "../../media/midi/parts.ts";
import { barSize } from "../../media/midi/roll.ts";
import { classesOfFolders } from "../classes.ts";
import type { Dataset } from "../dataset.ts";
import type { MusicDataset } from "./music-dataset.ts";

/** Share of readings without the bar before: a model has to begin pieces too, and hardly any segment is the first of its piece. */
const BEGINNINGS = 0.1;

/**
 * Segments of music as training reads them: pictures of 2 x parts planes, steps high and pitches wide. The first half of the planes is silent but for the
 * bar before, in its last steps; the second half is the segment.
 *
 * Every segment comes in C major or A minor, moved by `MusicDataset.keyShift`: a tune means the same in every key, so a model need not learn it twelve
 * times, and what it makes can be moved to any key. By `random`, one reading of ten leaves the bar before out. Sub-folders are classes.
 */
export function musicExamples(music: MusicDataset): Dataset {
  const [parts, steps, pitches] = music.shape;
  const { classes, labels } = classesOfFolders(music.files);
  const bar = new Uint8Array(barSize(music.format));
  const row = bar.length / parts;
  const plane = steps * pitches;
  return {
    count: music.count,
    channels: 2 * PARTS.length,
    height: steps,
    width: pitches,
    facts: 0,
    classes,
    labels,
    files: music.files,
    skipped: music.skipped,
    warnings: music.warnings,
    contentHash: music.contentHash,
    read(index, out, offset, { random }) {
      const shift = music.keyShift(index);
      const begins = random.uniform() < BEGINNINGS;
      out.fill(0, offset, offset + parts * plane);
      if (!begins && music.readPrevious(index, bar, 0, shift)) {
        for (let part = 0; part < parts; part++)
          out.set(bar.subarray(part * row, (part + 1) * row), offset + (part + 1) * plane - row);
      }
      music.read(index, out, offset + parts * plane, shift);
    },
    close() {},
  };
}
