import { z } from "zod";
import { CheckpointError } from "../../base/errors.ts";
import { briefly, type PickleValue } from "./pickle-values.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

const count = z.int().positive();
const countOrZero = z.int().nonnegative();
const architecture = z.enum(["orig", "skip", "resnet"]);
const activation = z.string().default("lrelu");
const filter = z.array(z.number()).min(1).max(32).default([1, 3, 3, 1]);
const clamp = z.number().positive().nullable().default(null);
const resolution = count.refine((side) => side >= 4 && Number.isInteger(Math.log2(side)), {
  message: "expected a power of two of 4 or more",
});

const mappingShape = {
  num_layers: count.default(8),
  embed_features: count.nullable().default(null),
  layer_features: count.nullable().default(null),
  activation,
  lr_multiplier: z.number().positive().default(0.01),
};

const generatorSchema = z
  .strictObject({
    z_dim: count,
    c_dim: countOrZero,
    w_dim: count,
    img_resolution: resolution,
    img_channels: count,
    mapping_kwargs: z
      .strictObject({ ...mappingShape, w_avg_beta: z.number().nullable().default(0.995) })
      .prefault({}),
    synthesis_kwargs: z
      .strictObject({
        channel_base: count.default(32768),
        channel_max: count.default(512),
        num_fp16_res: countOrZero.default(0),
        conv_clamp: clamp,
        architecture: architecture.default("skip"),
        resample_filter: filter,
        use_noise: z.boolean().default(true),
        activation,
        fp16_channels_last: z.boolean().default(false),
      })
      .prefault({}),
  })
  .transform(({ mapping_kwargs: mapping, synthesis_kwargs: synthesis, ...g }) => ({
    zDim: g.z_dim,
    cDim: g.c_dim,
    wDim: g.w_dim,
    imgResolution: g.img_resolution,
    imgChannels: g.img_channels,
    mapping: { ...mappingSettings(mapping), wAvgBeta: mapping.w_avg_beta },
    synthesis: {
      channelBase: synthesis.channel_base,
      channelMax: synthesis.channel_max,
      numFp16Res: synthesis.num_fp16_res,
      convClamp: synthesis.conv_clamp,
      architecture: synthesis.architecture,
      resampleFilter: synthesis.resample_filter,
      useNoise: synthesis.use_noise,
      activation: synthesis.activation,
      fp16ChannelsLast: synthesis.fp16_channels_last,
    },
  }));

const discriminatorSchema = z
  .strictObject({
    c_dim: countOrZero,
    img_resolution: resolution,
    img_channels: count,
    architecture: architecture.default("resnet"),
    channel_base: count.default(32768),
    channel_max: count.default(512),
    num_fp16_res: countOrZero.default(0),
    conv_clamp: clamp,
    cmap_dim: countOrZero.nullable().default(null),
    block_kwargs: z
      .strictObject({
        activation,
        resample_filter: filter,
        freeze_layers: countOrZero.default(0),
        fp16_channels_last: z.boolean().default(false),
      })
      .prefault({}),
    mapping_kwargs: z
      .strictObject({ ...mappingShape, num_layers: countOrZero.default(8) })
      .prefault({}),
    epilogue_kwargs: z
      .strictObject({
        mbstd_group_size: count.nullable().default(4),
        mbstd_num_channels: countOrZero.default(1),
        activation,
      })
      .prefault({}),
  })
  .transform(({ block_kwargs: block, mapping_kwargs: mapping, epilogue_kwargs: end, ...d }) => ({
    cDim: d.c_dim,
    imgResolution: d.img_resolution,
    imgChannels: d.img_channels,
    architecture: d.architecture,
    channelBase: d.channel_base,
    channelMax: d.channel_max,
    numFp16Res: d.num_fp16_res,
    convClamp: d.conv_clamp,
    cmapDim: d.cmap_dim,
    block: {
      activation: block.activation,
      resampleFilter: block.resample_filter,
      freezeLayers: block.freeze_layers,
      fp16ChannelsLast: block.fp16_channels_last,
    },
    mapping: mappingSettings(mapping),
    epilogue: {
      mbstdGroupSize: end.mbstd_group_size,
      mbstdNumChannels: end.mbstd_num_channels,
      activation: end.activation,
    },
  }));

function mappingSettings(kwargs: z.output<z.ZodObject<typeof mappingShape>>) {
  return {
    numLayers: kwargs.num_layers,
    embedFeatures: kwargs.embed_features,
    layerFeatures: kwargs.layer_features,
    activation: kwargs.activation,
    lrMultiplier: kwargs.lr_multiplier,
  };
}

/**
 * How a StyleGAN2-ADA generator was made, with the defaults filled in. Features of the mapping that are null are as many as w
 * has; a clamp that is null is none. Channels at resolution r: `min(floor(channelBase / r), channelMax)`.
 */
export type GeneratorSettings = z.output<typeof generatorSchema>;

/** How a StyleGAN2-ADA discriminator was made, with the defaults filled in; a group size of null is the whole batch. */
export type DiscriminatorSettings = z.output<typeof discriminatorSchema>;

/**
 * A generator's settings from the arguments that it was made with.
 *
 * @param network Its name, for messages.
 * @throws {CheckpointError} naming the first argument that is wrong, missing or not StyleGAN2-ADA's.
 */
export function generatorSettings(
  kwargs: PickleValue,
  network: string,
  file: UntrustedFile,
): GeneratorSettings {
  return parse(generatorSchema, kwargs, network, file);
}

/** As {@link generatorSettings}, for a discriminator. */
export function discriminatorSettings(
  kwargs: PickleValue,
  network: string,
  file: UntrustedFile,
): DiscriminatorSettings {
  return parse(discriminatorSchema, kwargs, network, file);
}

function parse<S extends z.ZodType>(
  schema: S,
  kwargs: PickleValue,
  network: string,
  file: UntrustedFile,
): z.output<S> {
  const result = schema.safeParse(plain(kwargs, file, 0));
  if (result.success) return result.data;
  const { path = [], message = "" } = result.error.issues[0] ?? {};
  // The message can quote names from the file, which may be long.
  const problem = [...path, message].join(": ").slice(0, 160);
  throw new CheckpointError(
    `${file.source}: ${network} is no StyleGAN2-ADA network (${problem}), expected the arguments of its classes. Other networks, StyleGAN3 for one, are not read.`,
  );
}

/** Dictionaries and lists as objects and arrays. */
function plain(value: PickleValue, file: UntrustedFile, depth: number): unknown {
  const DEPTH = 4;
  const NODE_BYTES = 64;
  file.spend(NODE_BYTES);
  if (depth > DEPTH) throw file.damaged("the arguments of a network are nested too deep");
  if (Array.isArray(value)) return value.map((element) => plain(element, file, depth + 1));
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(
    [...value].map(([key, inner]) => [
      typeof key === "string" ? key : briefly(key),
      plain(inner, file, depth + 1),
    ]),
  );
}
