import { CheckpointError } from "../../base/errors.ts";
import { sameShape } from "../../base/shape.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { input } from "../../graph/ops/index.ts";
import { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { decodeStyleGan2Pickle, type ImportedNetwork } from "../import/stylegan2-pickle.ts";
import type { DiscriminatorSettings, GeneratorSettings } from "../import/stylegan2-settings.ts";
import { discriminator } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { MAPPING_RATE } from "./mapping.ts";

type Weights = ReadonlyMap<string, HostTensor>;

/** The networks of a StyleGAN2-ADA pickle as a model of this family; weights by parameter name. */
export interface ImportedModel {
  readonly architecture: Architecture;
  /** The averaged generator, which pictures are made with. */
  readonly average: Weights;
  /** The generator that was being trained, if the file has it. */
  readonly generator: () => Weights | undefined;
  /** @throws {CheckpointError} if it is none of this family's. */
  readonly discriminator: () => Weights | undefined;
}

/** A setting that has to be one value, and what it is. */
type Requirement = readonly [name: string, actual: unknown, expected: unknown];

/** @throws {CheckpointError} that names every setting that this family does not have. */
function requireSettings(source: string, network: string, wanted: readonly Requirement[]): void {
  const odd = wanted.filter(([, actual, expected]) => String(actual) !== String(expected));
  if (odd.length === 0) return;
  const list = odd.map(([name, actual, expected]) => `${name} ${actual} (expected ${expected})`);
  throw new CheckpointError(
    `${source}: ${network} has settings that the stylegan2 family does not support: ${list.join(", ")}.`,
  );
}

function widthsOf(
  settings: { readonly channelBase: number; readonly channelMax: number },
  resolution: number,
): number[] {
  const stages = Math.log2(resolution) - 1;
  return Array.from({ length: stages }, (_, i) =>
    Math.min(Math.floor(settings.channelBase / 2 ** (i + 2)), settings.channelMax),
  );
}

function checkGenerator(source: string, network: string, g: GeneratorSettings): void {
  const { mapping, synthesis } = g;
  requireSettings(source, network, [
    ["img_channels", g.imgChannels, 3],
    ["img_resolution", g.imgResolution >= 8 ? "8 or more" : g.imgResolution, "8 or more"],
    ["architecture", synthesis.architecture, "skip"],
    ["resample_filter", synthesis.resampleFilter, [1, 3, 3, 1]],
    ["use_noise", synthesis.useNoise, true],
    ["activation", synthesis.activation, "lrelu"],
    ["mapping activation", mapping.activation, "lrelu"],
    ["lr_multiplier", mapping.lrMultiplier, MAPPING_RATE],
    ["embed_features", mapping.embedFeatures ?? g.wDim, g.wDim],
    ["layer_features", mapping.layerFeatures ?? g.wDim, g.wDim],
  ]);
}

function checkDiscriminator(
  source: string,
  d: DiscriminatorSettings,
  architecture: Architecture,
): void {
  const { mapping, epilogue, block } = d;
  const { widths, height, classes, extra = {} } = architecture;
  const first = widths[0] as number;
  requireSettings(source, "D", [
    ["img_channels", d.imgChannels, 3],
    ["img_resolution", d.imgResolution, height],
    ["c_dim", d.cDim, classes],
    ["architecture", d.architecture, "resnet"],
    ["channels", widthsOf(d, d.imgResolution), widths],
    ["conv_clamp", d.convClamp ?? 0, extra.clamp],
    ["resample_filter", block.resampleFilter, [1, 3, 3, 1]],
    ["activation", block.activation, "lrelu"],
    ["epilogue activation", epilogue.activation, "lrelu"],
    ["mbstd_num_channels", epilogue.mbstdNumChannels, 1],
  ]);
  if (classes === 0) return;
  requireSettings(source, "D", [
    ["cmap_dim", d.cmapDim ?? first, first],
    ["mapping activation", mapping.activation, "lrelu"],
    ["lr_multiplier", mapping.lrMultiplier, MAPPING_RATE],
    ["embed_features", mapping.embedFeatures ?? first, first],
    ["layer_features", mapping.layerFeatures ?? first, first],
  ]);
}

/** A network's tensors under our names: `synthesis.b4.conv1.weight` is `G/synthesis/b4/conv1/weight`; a noise map gets the axes of images. */
function weightsOf(
  source: string,
  network: string,
  parameters: Parameters,
  { tensors }: Pick<ImportedNetwork<unknown>, "tensors">,
): Weights {
  const weights = new Map<string, HostTensor>();
  for (const { name, shape } of parameters.list()) {
    const theirs = name.slice(2).replaceAll("/", ".");
    const tensor = tensors.get(theirs);
    const wanted = theirs.endsWith("noise_const") ? shape.slice(2) : shape;
    if (tensor === undefined || !sameShape(tensor.shape, wanted)) {
      throw new CheckpointError(
        `${source}: ${network} has ${tensor === undefined ? "no tensor" : `a tensor [${tensor.shape}]`} "${theirs}", expected [${wanted}]. The file is damaged or was changed.`,
      );
    }
    weights.set(name, hostTensor("float32", shape, tensor.data));
  }
  return weights;
}

/**
 * Reads a StyleGAN2-ADA network pickle (.pkl) as a model of this family: the same z gives the same w and the same picture. Nothing in the file is run.
 *
 * @param source Name of the file, for messages.
 * @throws {CheckpointError} if it is no such file, or has networks that this family does not: other than three colours, "orig" or "resnet"
 *   generators, other filters. The message names them.
 * @see Karras et al. 2020, arXiv:2006.06676
 */
export function importStyleGan2(bytes: Uint8Array, source: string): ImportedModel {
  const pickle = decodeStyleGan2Pickle(bytes, source);
  const { settings: g } = pickle.generatorEma;
  checkGenerator(source, "G_ema", g);
  const d = pickle.discriminator?.settings;
  const architecture: Architecture = {
    family: "stylegan2",
    channels: 3,
    height: g.imgResolution,
    width: g.imgResolution,
    latent: g.zDim,
    classes: g.cDim,
    widths: widthsOf(g.synthesis, g.imgResolution),
    blocks: 1,
    expansion: 1,
    groupSize: 0,
    extra: {
      styles: g.wDim,
      mappingLayers: g.mapping.numLayers,
      classLayers: d?.mapping.numLayers ?? 8,
      clamp: g.synthesis.convClamp ?? 0,
      group: d?.epilogue.mbstdGroupSize ?? (d === undefined ? 4 : 0),
    },
  };
  const { latent, classes, height, width } = architecture;
  const G = new Parameters("G");
  const c = classes === 0 ? undefined : input("c", [1, classes]);
  generator(G, architecture, input("z", [1, latent]), c);
  return {
    architecture,
    average: weightsOf(source, "G_ema", G, pickle.generatorEma),
    generator: () => pickle.generator && weightsOf(source, "G", G, pickle.generator),
    discriminator: () => {
      if (pickle.discriminator === undefined) return undefined;
      checkDiscriminator(source, pickle.discriminator.settings, architecture);
      const D = new Parameters("D");
      discriminator(D, architecture, input("images", [1, 3, height, width]), c);
      return weightsOf(source, "D", D, pickle.discriminator);
    },
  };
}
