/** @file How the clips of video models run with a song. */
import type { Random } from "../../base/random.ts";
import { type ClipNumbers, MOTION } from "../../models/video/shape.ts";
import type { Latent } from "../generator.ts";
import { knotsOf, momentOf } from "../video/moving-latent.ts";
import type { ResolvedSettings } from "./options.ts";
import type { Score } from "./score.ts";
import { paceOf, travelled } from "./travel.ts";

/** Motion at which clips run as fast as those that the model learned from. */
const REAL_TIME = 0.4;

/** Speed that a full hit adds at full pulse, in clips' usual speeds. */
const HURRY = 4;

/**
 * The moments of clips along a song: `clip(time, shot, latent)` is what `latent` shows then. A clip runs faster where the music is louder (motion, speed)
 * and hurries at hits (pulse); each shot moves in a way of its own, while the noise in the motion drifts on through all of them.
 */
export function clipOf(
  score: Score,
  clips: ClipNumbers,
  settings: Pick<ResolvedSettings, "motion" | "speed" | "pulse">,
  random: Random,
): (time: number, shot: number, latent: Latent) => Latent {
  const pace = paceOf(score, settings);
  const clock = travelled(
    score.seconds,
    (time) =>
      (settings.motion / REAL_TIME) * pace(time) + settings.pulse * HURRY * score.at(time).pulse,
  );
  const knot = knotsOf(random.split("knots"));
  const motions = new Map<number, Float32Array>();
  const motionOf = (shot: number): Float32Array => {
    const known =
      motions.get(shot) ?? random.split("motion").split(shot).fillNormal(new Float32Array(MOTION));
    motions.set(shot, known);
    return known;
  };
  const architecture = { extra: { ...clips } };
  return (time, shot, { z, class: label }) =>
    momentOf(architecture, { z, class: label, motion: motionOf(shot), knot }, clock(time));
}
