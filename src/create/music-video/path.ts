/** @file Where in the latent space a song is at any time. */
import { Random } from "../../base/random.ts";
import type { Latent } from "../generator.ts";
import { latentPath } from "../walk.ts";
import type { ResolvedSettings } from "./options.ts";
import { envelope, lastBefore, recentHits, type Score } from "./score.ts";

/** The settings that a path depends on. */
export type PathSettings = Pick<
  ResolvedSettings,
  "seed" | "motion" | "speed" | "pulse" | "style" | "follow" | "cuts"
>;

/** A model as far as a path needs to know it. */
export interface PathModel {
  /** Length of z. */
  readonly latent: number;
  /** Number of classes, 0 if it has none. */
  readonly classes: number;
}

/** What a picture of the film is made from. */
export type LatentAt = (time: number) => Latent;

/** Points of the path that are passed in a second at full motion. */
const POINTS_A_SECOND = 0.5;

/** How far a full hit pushes, as a part of the length of z; how much of z a full style takes. */
const [PUSH, STYLE] = [0.75, 0.8];

/** Time in which the style of a section gives way to the next [s]. */
const CHANGE = 0.8;

/** Values of the travelled distance a second [1/s]. */
const TRAVEL_RATE = 100;

/** How long a class stays at least where notes choose it and there are no beats [s]. */
const NOTE_TIME = 0.5;

/**
 * The path of a song: a smooth walk through random points, faster where the music is louder (motion, speed), drawn to a place of each pitch or section
 * (style), pushed in a new direction by each hit (pulse), and continued elsewhere at cuts. Without cuts, a film of more than a point's length ends where it began.
 *
 * Offsets are added and the sum gets the length of the walk's z again, for a generator knows z of that length only.
 */
export function musicPath(score: Score, model: PathModel, settings: PathSettings): LatentAt {
  const random = new Random(settings.seed).split("music video");
  const normal = (kind: string, index: number): Float32Array =>
    random.split(kind).split(index).fillNormal(new Float32Array(model.latent));
  const walk = walkOf(score, settings, normal);
  const styles = model.classes === 0 ? styleOf(score, settings, normal) : undefined;
  const classAt = classesOf(score, model.classes, settings, random.split("class"));
  const pushes = new Map<number, Float32Array>();
  const pushOf = (index: number): Float32Array => {
    const known = pushes.get(index) ?? normal("hit", index);
    pushes.set(index, known);
    if (pushes.size > 64) pushes.delete(pushes.keys().next().value ?? index);
    return known;
  };
  return (time) => {
    const base = walk(time);
    const z = base.slice();
    styles?.(time, z);
    for (const { hit, index } of recentHits(score.hits, time)) {
      const amount = settings.pulse * PUSH * hit.strength * envelope(time - hit.time);
      if (amount > 1e-4) addTo(z, pushOf(index), amount);
    }
    scaleTo(z, lengthOf(base));
    return { z, class: classAt(time) };
  };
}

/** Moments at which the picture may jump: every so many bars, and at each section. */
export function cutsOf({ bars, sections, seconds }: Score, strength: number): number[] {
  if (strength === 0) return [];
  const every = Math.max(1, Math.round(1 / strength));
  const times = [
    ...bars.filter((_, i) => i % every === 0),
    ...sections.map(({ start }) => start),
  ].sort((a, b) => a - b);
  const kept: number[] = [];
  for (const time of times) {
    if (time > 0.2 && time < seconds - 0.2 && time - (kept.at(-1) ?? 0) > 0.2) kept.push(time);
  }
  return kept;
}

type Normal = (kind: string, index: number) => Float32Array;

function walkOf(
  score: Score,
  settings: PathSettings,
  normal: Normal,
): (time: number) => Float32Array {
  const travelled = travel(score, settings);
  const edges = [0, ...cutsOf(score, settings.cuts)];
  const ends = [...edges.slice(1), score.seconds];
  const shots = edges.map((start, shot) => {
    const end = ends[shot] as number;
    const distance = travelled(end) - travelled(start);
    const closes = edges.length === 1 && distance >= 1;
    const count = closes ? Math.max(2, Math.round(distance)) : Math.max(3, Math.ceil(distance) + 1);
    const keys = Array.from({ length: count }, (_, k) => normal(`shot ${shot}`, k));
    const path = latentPath(keys, "cubic");
    const whole = closes ? distance : count;
    return (time: number) => path((travelled(time) - travelled(start)) / whole);
  });
  return (time) => {
    const shot =
      shots[
        Math.max(
          0,
          lastBefore(edges, (t) => t, time),
        )
      ];
    return (shot as (time: number) => Float32Array)(time);
  };
}

/** Distance from the start [points]: the integral of the speed, `motion / 2 (1 - speed + 2 speed loudness)` points a second. */
function travel(score: Score, { motion, speed }: PathSettings): (time: number) => number {
  const steps = Math.ceil(score.seconds * TRAVEL_RATE) + 1;
  const sums = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) {
    const rate = 1 - speed + 2 * speed * score.at((i + 0.5) / TRAVEL_RATE).loudness;
    sums[i + 1] = (sums[i] as number) + (motion * POINTS_A_SECOND * rate) / TRAVEL_RATE;
  }
  return (time) => {
    const position = Math.min(steps, Math.max(0, time * TRAVEL_RATE));
    const at = Math.floor(position);
    const [here = 0, next = here] = [sums[at], sums[at + 1]];
    return here + (next - here) * (position - at);
  };
}

/** Draws z to the place of what sounds: of the section, or of each pitch by its share. */
function styleOf(
  score: Score,
  { style, follow, cuts }: PathSettings,
  normal: Normal,
): ((time: number, z: Float32Array) => void) | undefined {
  if (follow === "none" || style === 0) return undefined;
  const amount = STYLE * style;
  if (follow === "pitch") {
    const places = Array.from({ length: 12 }, (_, pitch) => normal("pitch", pitch));
    return (time, z) => {
      const { chroma } = score.at(time);
      const total = Math.hypot(...chroma);
      if (total === 0) return;
      // Squares let the leading notes lead.
      for (const [pitch, place] of places.entries()) {
        addTo(z, place, 2 * amount * ((chroma[pitch] as number) / total) ** 2);
      }
    };
  }
  const kinds = Math.max(...score.sections.map(({ kind }) => kind)) + 1;
  const places = Array.from({ length: kinds }, (_, kind) => normal("section", kind));
  const placeOf = (section: number): Float32Array =>
    places[score.sections[section]?.kind ?? 0] as Float32Array;
  return (time, z) => {
    const section = Math.max(
      0,
      lastBefore(score.sections, ({ start }) => start, time),
    );
    const since = time - (score.sections[section]?.start ?? 0);
    const part = section === 0 || cuts > 0 ? 1 : Math.min(1, since / CHANGE);
    const arrived = part * part * (3 - 2 * part);
    for (let i = 0; i < z.length; i++) z[i] = (z[i] as number) * (1 - amount);
    addTo(z, placeOf(section), amount * arrived);
    if (arrived < 1) addTo(z, placeOf(section - 1), amount * (1 - arrived));
  };
}

/** The class at each time: that of the section, or of the strongest pitch since the last beat. */
function classesOf(
  score: Score,
  classes: number,
  { follow, style }: PathSettings,
  random: Random,
): (time: number) => number {
  if (classes === 0) return () => 0;
  const order = random.permutation(classes);
  const pick = (index: number): number => order[index % classes] as number;
  if (follow === "none" || style === 0) return () => pick(0);
  if (follow === "section") return (time) => pick(score.at(time).kind);
  return (time) => {
    // A class that changed within a beat would flicker: the notes at its beginning decide.
    const beat = score.beats[lastBefore(score.beats, (t) => t, time)] ?? -1;
    const moment = beat < 0 || time - beat > 2 ? Math.floor(time / NOTE_TIME) * NOTE_TIME : beat;
    const { chroma } = score.at(moment + NOTE_TIME / 2);
    return pick(chroma.indexOf(Math.max(...chroma)));
  };
}

function addTo(z: Float32Array, direction: Float32Array, amount: number): void {
  for (let i = 0; i < z.length; i++) z[i] = (z[i] as number) + amount * (direction[i] as number);
}

function lengthOf(z: Float32Array): number {
  let squares = 0;
  for (const x of z) squares += x * x;
  return Math.sqrt(squares);
}

function scaleTo(z: Float32Array, length: number): void {
  const own = lengthOf(z);
  if (own === 0) return;
  for (let i = 0; i < z.length; i++) z[i] = ((z[i] as number) * length) / own;
}
