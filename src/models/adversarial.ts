import * as ops from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import { adversarialLosses } from "../nn/losses.ts";
import type { Parameters } from "../nn/parameters.ts";
import { oneCentred, squaredGradientNorm } from "../nn/penalties.ts";
import type {
  Architecture,
  Family,
  Objective,
  ObjectiveOptions,
  PhaseDefinition,
} from "./family.ts";
import type { PhaseContext } from "./phase-context.ts";

const { add, mul, reduceMean } = ops;

/** What a discriminator says about images. */
export interface Judgement {
  /** [N, K]; K is 1 for most. */
  readonly logits: Value;
  /** Feature maps by name, for families whose discriminators have another task as well. */
  readonly features?: Readonly<Record<string, Value>>;
}

/** The two networks of an adversarial family, and what it adds to their objectives. */
export interface AdversarialNetworks {
  readonly generator: Family["generator"];
  readonly judge: (
    p: Parameters,
    architecture: Architecture,
    images: Value,
    c?: Value,
  ) => Judgement;
  /** The same for `pairs` real images with as many generated ones behind them, where statistics of a batch must not mix the two. @default judge */
  readonly judgeBoth?: (
    p: Parameters,
    architecture: Architecture,
    images: Value,
    c: Value | undefined,
    pairs: number,
  ) => Judgement;
  /** Generated images [pairs, planes, H, W] that the discriminator tells from real ones. @default those of fresh z */
  readonly fakes?: (context: PhaseContext) => Value;
  /** Another task of the discriminator on real images: its loss is added. `features` are those of the images `seen`. */
  readonly task?: (
    context: PhaseContext,
    seen: Value,
    features: Readonly<Record<string, Value>>,
  ) => Objective;
}

/** A penalty as it goes into the loss, before gamma, and the mean squared gradient norms that it looked at. */
interface Penalty {
  readonly value: Value;
  readonly reports: Readonly<Record<string, Value>>;
}

/** The images that a discriminator tells from real ones. */
function fakesOf({ generator, fakes }: AdversarialNetworks, context: PhaseContext): Value {
  const { networks, architecture, z, c } = context;
  return fakes === undefined ? generator(networks.G, architecture, z, c, {}) : fakes(context);
}

const halves = (x: Value): [Value, Value] => {
  const half = (x.shape[0] as number) / 2;
  return ops.split(x, 0, [half, half]) as [Value, Value];
};

/** Penalties look at the mean of an image's logits, so that gamma means the same for any number of them. */
function onePerImage(logits: Value): Value {
  return logits.shape[1] === 1 ? logits : reduceMean(logits, { axes: [1], keepdims: true });
}

/**
 * R1 and R2 are `|| dD/dx ||^2 / 2` at real and generated images, taken before augmentation. The penalty of WGAN-GP is taken at random points
 * between the augmented images of each pair.
 */
function penaltyOf(
  context: PhaseContext,
  at: { readonly images: Value; readonly seen: Value; readonly logits: Value },
  judge: (images: Value) => Value,
): Penalty {
  const { penalty } = context.objective;
  if (penalty === "wgan-gp") {
    const [real, fake] = halves(at.seen);
    const share = context.random("mix", [context.pairs, 1, 1, 1], "uniform");
    const between = ops.stopGradient(add(fake, mul(share, ops.sub(real, fake))));
    const norms = squaredGradientNorm(onePerImage(judge(between)), between);
    return { value: reduceMean(oneCentred(norms)), reports: { r1: reduceMean(norms) } };
  }
  const [r1, r2] = halves(squaredGradientNorm(onePerImage(at.logits), at.images)).map((part) =>
    reduceMean(part),
  ) as [Value, Value];
  return { value: mul(penalty === "r1" ? r1 : add(r1, r2), 0.5), reports: { r1, r2 } };
}

/**
 * D phase: adversarial loss and gamma times the penalty; by default `mean softplus(-(D(x) - D(G(z)))) + gamma / 2 mean(|| dD/dx ||^2 +
 * || dD/dG(z) ||^2)`. Reals and fakes go through the discriminator as one batch.
 */
function discriminatorObjective(
  context: PhaseContext,
  adversarial: AdversarialNetworks,
  parts: { readonly adversarial: boolean; readonly penaltyWeight: number },
): Objective {
  const { architecture, networks, objective, c } = context;
  const { judge, task } = adversarial;
  const judgeBoth: AdversarialNetworks["judgeBoth"] = adversarial.judgeBoth ?? judge;
  const fake = ops.stopGradient(fakesOf(adversarial, context));
  const images = ops.stopGradient(ops.concat([context.real, fake], 0)); // [2 n, planes, H, W]
  const seen = context.augment(images, "augment");
  const both = c === undefined ? undefined : ops.concat([c, c], 0);
  const { logits, features = {} } = judgeBoth(networks.D, architecture, seen, both, context.pairs); // [2 n, K]
  const [realLogit, fakeLogit] = halves(logits);
  const terms: Value[] = [];
  let reports: Record<string, Value> = {};
  if (parts.adversarial) {
    terms.push(adversarialLosses[objective.loss].discriminator(realLogit, fakeLogit));
    reports = {
      realLogit: reduceMean(realLogit),
      fakeLogit: reduceMean(fakeLogit),
      realSign: reduceMean(ops.sign(ops.sub(realLogit, fakeLogit))),
    };
    if (task !== undefined) {
      const firstHalf = Object.entries(features).map(([k, v]) => [k, halves(v)[0]] as const);
      const extra = task(context, halves(seen)[0], Object.fromEntries(firstHalf));
      terms.push(extra.loss);
      reports = { ...reports, ...extra.reports };
    }
  }
  if (parts.penaltyWeight > 0) {
    const penalty = penaltyOf(
      context,
      { images, seen, logits },
      (points) => judge(networks.D, architecture, points, c).logits,
    );
    terms.push(mul(context.gamma, mul(penalty.value, parts.penaltyWeight)));
    reports = { ...reports, ...penalty.reports };
  }
  return { loss: terms.reduce((a, b) => add(a, b)), reports };
}

/** R1 in steps of its own looks at real images only: `gamma / 2 weight mean(|| dD/dx ||^2)`. */
function realPenaltyObjective(
  context: PhaseContext,
  { judge }: AdversarialNetworks,
  weight: number,
): Objective {
  const { architecture, networks, c } = context;
  const images = ops.stopGradient(context.real);
  const { logits } = judge(networks.D, architecture, context.augment(images, "augment"), c);
  const r1 = reduceMean(squaredGradientNorm(logits, images));
  return { loss: mul(context.gamma, mul(r1, weight / 2)), reports: { r1 } };
}

/** The generator's adversarial loss for the images `fake` [pairs, planes, H, W], by default `mean softplus(-(D(fake) - D(x)))`. */
export function generatorLoss(
  context: PhaseContext,
  { judge }: Pick<AdversarialNetworks, "judge">,
  fake: Value,
): Value {
  const { architecture, networks, objective, c } = context;
  const logitsOf = (images: Value, which: string): Value =>
    judge(networks.D, architecture, context.augment(images, `augment/${which}`), c).logits;
  return adversarialLosses[objective.loss].generator(logitsOf(fake, "fake"), () =>
    logitsOf(context.real, "real"),
  );
}

/**
 * The phases of an adversarial family: D, its penalty in a phase of its own where it is not taken in every step, then G.
 *
 * @see Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN", arXiv:1912.04958, for penalties every few steps
 */
export function adversarialPhases(
  networks: AdversarialNetworks,
  { penalty, penaltyEvery }: ObjectiveOptions,
): readonly PhaseDefinition[] {
  const lazy = penalty !== "none" && penaltyEvery > 1;
  const always = penalty !== "none" && !lazy ? 1 : 0;
  const D: PhaseDefinition = {
    name: "D",
    trains: ["D"],
    imagesPerReal: 2,
    objective: (context) =>
      discriminatorObjective(context, networks, { adversarial: true, penaltyWeight: always }),
  };
  const penaltyPhase: PhaseDefinition = {
    name: "Dpenalty",
    trains: ["D"],
    imagesPerReal: penalty === "r1" ? 1 : 2,
    every: penaltyEvery,
    objective: (context) =>
      penalty === "r1"
        ? realPenaltyObjective(context, networks, penaltyEvery)
        : discriminatorObjective(context, networks, {
            adversarial: false,
            penaltyWeight: penaltyEvery,
          }),
  };
  const G: PhaseDefinition = {
    name: "G",
    trains: ["G"],
    objective: (context) => ({
      loss: generatorLoss(context, networks, fakesOf(networks, context)),
      reports: {},
    }),
  };
  return lazy ? [D, penaltyPhase, G] : [D, G];
}
