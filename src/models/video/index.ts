import { invariant } from "../../base/errors.ts";
import * as ops from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { type AdversarialNetworks, adversarialPhases } from "../adversarial.ts";
import type { Architecture, Family } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { defaults } from "./defaults.ts";
import { discriminator, repeatRows } from "./discriminator.ts";
import { CLIP_KNOTS, driftOf, knotSeconds } from "./drift.ts";
import { generator } from "./generator.ts";
import type { Moment } from "./motion.ts";
import { clipNumbers, DRIFT, MOTION } from "./shape.ts";

/** Clips begin at a random time up to this many of their lengths, so that no time is special. */
const LATEST_START = 4;

/** Times [N, F] and 0 or 1 [N, 1] from the facts [N, F + 1] of examples. */
function splitFacts(facts: Value): { times: Value; moving: Value } {
  const frames = (facts.shape[1] as number) - 1;
  const [times, moving] = ops.split(facts, 1, [frames, 1]) as [Value, Value];
  return { times, moving };
}

function factsOf({ facts }: PhaseContext): Value {
  invariant(
    facts !== undefined,
    "a video model is trained on clips with the times of their frames",
  );
  return facts;
}

/** Generated clips [pairs, 3 F, H, W] with the times of the real ones. */
function fakeClips(context: PhaseContext): Value {
  const { architecture, networks, pairs, z, c } = context;
  const { frames, seconds } = clipNumbers(architecture);
  const { times } = splitFacts(factsOf(context));
  const uniform = (name: string): Value => context.random(name, [pairs, 1], "uniform");
  const places = ops.add(ops.mul(times, 1 / knotSeconds(architecture)), uniform("place"));
  const knots = context.random("drift", [pairs, CLIP_KNOTS, DRIFT], "normal");
  const start = ops.mul(uniform("start"), LATEST_START * seconds);
  const motion = context.random("motion", [pairs, MOTION], "normal");
  const moment: Moment = {
    motion: repeatRows(motion, frames),
    drift: ops.reshape(driftOf(knots, places), [pairs * frames, DRIFT]),
    time: ops.reshape(ops.add(times, start), [pairs * frames, 1]),
  };
  const pictures = generator(
    networks.G,
    architecture,
    repeatRows(z, frames),
    c && repeatRows(c, frames),
    moment,
  );
  const { height, width } = architecture;
  return ops.reshape(pictures, [pairs, 3 * frames, height, width]);
}

/** The inputs of the generator as what they mean. */
function momentFrom({ motion, drift, time, loop }: Readonly<Record<string, Value>>): Moment {
  invariant(motion && drift && time, "the generator of films needs motion, drift and time");
  return { motion, drift, time, ...(loop === undefined ? {} : { loop }) };
}

/** The networks as they meet in one phase: the discriminator knows the times of this phase's clips. */
function networksOf(context: PhaseContext): AdversarialNetworks {
  return {
    generator: video.generator,
    fakes: fakeClips,
    judge: (p, architecture, clips, c) => {
      const facts = factsOf(context);
      const both = clips.shape[0] === facts.shape[0] ? facts : ops.concat([facts, facts], 0);
      return { logits: discriminator(p, architecture, clips, splitFacts(both), c) };
    },
  };
}

/** Times of frames that are evenly spread over a clip, for who has no others. */
function evenFacts(architecture: Architecture, n: number): { times: Value; moving: Value } {
  const { frames, seconds } = clipNumbers(architecture);
  const times = Float32Array.from(
    { length: n * frames },
    (_, i) => ((i % frames) * seconds) / frames,
  );
  return { times: ops.constantOf([n, frames], times), moving: ops.ones([n, 1]) };
}

/**
 * Films: single frames from content, motion and any time, trained with a discriminator that sees a few frames of a clip and their gaps, at little
 * more than the cost of pictures.
 *
 * @see Skorokhodov, Tulyakov, Elhoseiny 2021, "StyleGAN-V: A Continuous Video Generator with the Price, Image Quality and Perks of StyleGAN2",
 *   arXiv:2112.14683
 */
export const video: Family = {
  name: "video",
  summary: "films of any length and frame rate, from a folder of clips",
  medium: "clips",
  planes: (architecture) => 3 * clipNumbers(architecture).frames,
  facts: (architecture) => clipNumbers(architecture).frames + 1,
  inputs: () => ({ motion: [MOTION], drift: [DRIFT], time: [1], loop: [1] }),
  drawInputs: (_, random) => ({
    motion: random.split("motion").fillNormal(new Float32Array(MOTION)),
    drift: random.split("drift").fillNormal(new Float32Array(DRIFT)),
    time: new Float32Array(1),
    loop: new Float32Array(1),
  }),
  generator: (p, architecture, z, c, inputs) =>
    generator(p, architecture, z, c, momentFrom(inputs)),
  discriminator: (p, architecture, clips, c) =>
    discriminator(p, architecture, clips, evenFacts(architecture, clips.shape[0] as number), c),
  phases: (objective) => {
    // The definitions are those of every adversarial family; only the discriminator is another one in each phase.
    const definitions = adversarialPhases(
      { generator: video.generator, judge: noJudge },
      objective,
    );
    return definitions.map((definition, i) => ({
      ...definition,
      objective: (context) => {
        const phase = adversarialPhases(networksOf(context), objective)[i];
        invariant(phase !== undefined, `there is no phase ${definition.name}`);
        return phase.objective(context);
      },
    }));
  },
  defaults,
};

/** Never called: it only completes the networks that the list of phases is made from. */
function noJudge(): never {
  throw new Error("internal: a phase has no clips yet");
}
