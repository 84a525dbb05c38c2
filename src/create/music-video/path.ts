/** @file Where in the latent space a song is at any time. */
import { Random } from "../../base/random.ts";
import type { ClipNumbers } from "../../models/video/shape.ts";
import type { Latent } from "../generator.ts";
import { latentPath } from "../walk.ts";
import { clipOf } from "./clip.ts";
import type { ResolvedSettings } from "./options.ts";
import { envelope, lastBefore, recentHits, type Score } from "./score.ts";
import { paceOf, travelled } from "./travel.ts";

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
  /** What the clips of a video model are like. */
  readonly clips?: ClipNumbers;
}

/** What a picture of the film is made from. */
export type LatentAt = (time: number) => Latent;

/** Points of the path that are passed in a second at full motion, by pictures and by clips, which move by themselves. */
const POINTS_A_SECOND = { pictures: 0.5, clips: 0.125 } as const;

/** How far a full hit pushes, as a part of the length of z. */
const PUSH = { pictures: 0.75, clips: 0.25 } as const;

/** How much of z a full style takes. */
const STYLE = 0.8;

/** Time in which the style of a section gives way to the next [s]. */
const CHANGE = 0.8;

/** How long a class stays at least where notes choose it and there are no beats [s]. */
const NOTE_TIME = 0.5;

/**
 * The path of a song: a smooth walk through random points, faster where the music is louder (motion, speed), drawn to a place of each pitch or section
 * (style), pushed in a new direction by each hit (pulse), and continued elsewhere at cuts. Without cuts, a film of more than a point's length ends where it began.
 * With video models it is the path of what is to be seen, and slower; how that moves is up to `clipOf`.
 *
 * Offsets are added and the sum gets the length of the walk's z again, for a generator knows z of that length only.
 */
export function musicPath(score: Score, model: PathModel, settings: PathSettings): LatentAt {
  const random = new Random(settings.seed).split("music video");
  const normal = (kind: string, index: number): Float32Array =>
    random.split(kind).split(index).fillNormal(new Float32Array(model.latent));
  const medium = model.clips === undefined ? "pictures" : "clips";
  const edges = [0, ...cutsOf(score, settings.cuts)];
  const walk = walkOf(score, edges, POINTS_A_SECOND[medium], settings, normal);
  const clip = model.clips && clipOf(score, model.clips, settings, random.split("clip"));
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
    const shot = lastBefore(edges, (t) => t, time); // edges begin at 0
    const base = walk(time, shot);
    const z = base.slice();
    styles?.(time, z);
    for (const { hit, index } of recentHits(score.hits, time)) {
      const amount = settings.pulse * PUSH[medium] * hit.strength * envelope(time - hit.time);
      if (amount > 1e-4) addTo(z, pushOf(index), amount);
    }
    scaleTo(z, lengthOf(base));
    const latent = { z, class: classAt(time) };
    return clip === undefined ? latent : clip(time, shot, latent);
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
  edges: readonly number[],
  pointsASecond: number,
  settings: PathSettings,
  normal: Normal,
): (time: number, shot: number) => Float32Array {
  const pace = paceOf(score, settings);
  const distanceAt = travelled(
    score.seconds,
    (time) => settings.motion * pointsASecond * pace(time),
  );
  const ends = [...edges.slice(1), score.seconds];
  const shots = edges.map((start, shot) => {
    const end = ends[shot] as number;
    const distance = distanceAt(end) - distanceAt(start);
    const closes = edges.length === 1 && distance >= 1;
    const count = closes ? Math.max(2, Math.round(distance)) : Math.max(3, Math.ceil(distance) + 1);
    const keys = Array.from({ length: count }, (_, k) => normal(`shot ${shot}`, k));
    const path = latentPath(keys, "cubic");
    const whole = closes ? distance : count;
    return (time: number) => path((distanceAt(time) - distanceAt(start)) / whole);
  });
  return (time, shot) => (shots[shot] as (time: number) => Float32Array)(time);
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
