import { add, concat, mul, slice, stopGradient } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { calibratedError, meanSquaredError } from "../../nn/variational.ts";
import { adversarialPhases, generatorLoss } from "../adversarial.ts";
import type { Objective, ObjectiveOptions, PhaseDefinition } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { discriminator, featureMaps } from "../r3gan/discriminator.ts";
import { generator } from "../vae/generator.ts";
import { boundObjective, encodeImages } from "../vae/objective.ts";

/** The first half of the images (or classes) of a pass, [n, ...] to [n / 2 rounded up, ...]. */
const firstHalf = (x: Value): Value => slice(x, { axis: 0, end: half(x) });
const half = (x: Value): number => Math.ceil((x.shape[0] as number) / 2);

/** Mean squared difference of two batches of images in the middle feature map of the discriminator. The first one is what the second should look like. */
function featureError({ networks, architecture }: PhaseContext, wanted: Value, got: Value): Value {
  const middle = (images: Value): Value => {
    const maps = featureMaps(networks.D, architecture, images);
    return maps[maps.length >> 1] as Value;
  };
  return meanSquaredError(stopGradient(middle(wanted)), middle(got));
}

/** What the discriminator tells from real images: reconstructions of the first half of a pass, then pictures of fresh z. No gradient goes to the encoder. */
function fakes(context: PhaseContext): Value {
  const { networks, architecture, real, z, c, pairs } = context;
  const classes = c === undefined ? undefined : firstHalf(c);
  const code = stopGradient(encodeImages(context, firstHalf(real), classes).code);
  const rest = pairs - half(real);
  const codes = rest === 0 ? code : concat([code, slice(z, { axis: 0, end: rest })], 0);
  return generator(networks.G, architecture, codes, c);
}

/** E phase: the reconstruction in the discriminator's features, and the divergence of the codes. */
function encoderObjective(context: PhaseContext): Objective {
  const { networks, architecture, real, c } = context;
  const { posterior, code } = encodeImages(context, real, c);
  const images = generator(networks.G, architecture, code, c);
  const { loss, reports } = boundObjective(context, posterior, featureError(context, real, images));
  return { loss, reports: { ...reports, reconstruction: meanSquaredError(real, images) } };
}

/** The two that play against each other. */
const NETWORKS = {
  generator,
  judge: (...inputs: Parameters<typeof discriminator>) => ({ logits: discriminator(...inputs) }),
  fakes,
};

/** G phase: the adversarial loss, and the reconstruction in the discriminator's features. */
function generatorObjective(context: PhaseContext): Objective {
  const images = fakes(context);
  const error = featureError(context, firstHalf(context.real), firstHalf(images));
  const weight = context.architecture.extra?.reconstruction ?? 1;
  const loss = add(generatorLoss(context, NETWORKS, images), mul(calibratedError(error), weight));
  return { loss, reports: {} };
}

/**
 * The phases of a VAE-GAN: D (and its penalty, where that has a phase of its own) learns to tell real images from reconstructions and new ones; E goes
 * down the bound with errors measured in D's features; G fools D and goes down the same errors. Each network follows its own objective only.
 *
 * The likelihood in features has the best variance for the batch (`calibratedError`), so it does not matter how large D's features have become.
 *
 * @see Larsen et al. 2016, "Autoencoding beyond pixels using a learned similarity metric", arXiv:1512.09300
 */
export function phases(objective: ObjectiveOptions): readonly PhaseDefinition[] {
  const judging = adversarialPhases(NETWORKS, objective).filter(({ name }) => name !== "G");
  return [
    ...judging,
    { name: "E", trains: ["E"], objective: encoderObjective },
    { name: "G", trains: ["G"], objective: generatorObjective },
  ];
}
