import { Random } from "../../base/random.ts";
import { PARTS, partRoll, type Rolls, stepsOf } from "../../data/music/rolls.ts";

/**
 * The same music with the steps of each bar and part in random order: pitches, chords and empty bars stay, rhythm and lengths are gone, and parts no
 * longer fit each other in time.
 */
export function withShuffledSteps(rolls: Rolls, seed: number): Rolls {
  const random = new Random(seed).split("steps");
  const { stepsPerBar, pitches } = rolls.format;
  const data = new Uint8Array(rolls.data.length);
  const lines = rolls.data.length / (stepsPerBar * pitches); // bars of single parts
  for (let line = 0; line < lines; line++) {
    const base = line * stepsPerBar;
    for (const [to, from] of random.permutation(stepsPerBar).entries()) {
      const row = rolls.data.subarray((base + from) * pitches, (base + from + 1) * pitches);
      data.set(row, (base + to) * pitches);
    }
  }
  return { ...rolls, data };
}

/** The same parts, each taken from a segment of its own: every part is as before, together they are not music. */
export function withMixedParts(rolls: Rolls, seed: number): Rolls {
  const random = new Random(seed).split("parts");
  const data = new Uint8Array(rolls.data.length);
  const size = stepsOf(rolls) * rolls.format.pitches;
  for (let part = 0; part < PARTS.length; part++) {
    for (const [to, from] of random.permutation(rolls.count).entries())
      data.set(partRoll(rolls, from, part), (to * PARTS.length + part) * size);
  }
  return { ...rolls, data };
}

/** Noise as dense as the music: each cell is on with the share of cells that its part has on. */
export function randomRolls(rolls: Rolls, seed: number): Rolls {
  const random = new Random(seed).split("noise");
  const data = new Uint8Array(rolls.data.length);
  const size = stepsOf(rolls) * rolls.format.pitches;
  for (let part = 0; part < PARTS.length; part++) {
    let on = 0;
    for (let segment = 0; segment < rolls.count; segment++)
      for (const cell of partRoll(rolls, segment, part)) if (cell !== 0) on++;
    const density = on / (rolls.count * size);
    for (let segment = 0; segment < rolls.count; segment++) {
      const at = (segment * PARTS.length + part) * size;
      for (let cell = 0; cell < size; cell++) if (random.uniform() < density) data[at + cell] = 255;
    }
  }
  return { ...rolls, data };
}
