import type { DoneEvent } from "../base/events.ts";
import { resolutionOf } from "../base/size.ts";
import { familyOf } from "../models/registry.ts";
import { describeSize, nounsOf } from "../models/words.ts";
import type { RunConfig } from "./config.ts";

/** A model card: what the model is, what it was trained on and how, in Markdown. */
export function modelCard(
  config: RunConfig,
  kimg: number,
  seconds: number,
  best: DoneEvent["best"],
): string {
  const { architecture, data } = config;
  const family = familyOf(architecture.family);
  const { many } = nounsOf(architecture.family);
  const range = ([start, end]: readonly [number, number]): string =>
    start === end ? `${start}` : `${start} to ${end}`;
  const rows = [
    ["Family", `${architecture.family}, ${describeSize(architecture)}`],
    [
      "Widths",
      `${architecture.widths.join(", ")} (${architecture.blocks} block(s) a stage, expansion ${architecture.expansion}, groups of ${architecture.groupSize})`,
    ],
    ["Classes", architecture.classes === 0 ? "none" : data.classes.join(", ")],
    ["Data", `${data.pictures} ${many}, content hash ${data.hash.slice(0, 16)}`],
    ["Seen", `${kimg.toFixed(1)} thousand ${many}`],
    [
      "Training time",
      `${(seconds / 3600).toFixed(2)} hours on ${config.threads} threads, provider ${config.provider}`,
    ],
    ["Batch", `${config.batch} (passes of ${config.microBatch})`],
    ["Learning rate", range(config.learningRate)],
    ["Beta2", range(config.beta2)],
    ["Gamma (R1 and R2)", range(config.gamma)],
    ["EMA half-life [kimg]", range(config.emaHalflifeKimg)],
    [
      "Augmentation",
      config.augment === "none" ? "none" : `${config.augment}: ${config.augmentations.join(", ")}`,
    ],
    ["Seed", `${config.seed}`],
    ...(config.from === undefined
      ? []
      : [
          [
            "Started from",
            `\`${config.from.source.split(/[\\/]/).at(-1)}\`, SHA-256 ${config.from.hash.slice(0, 16)}; its licence applies`,
          ],
        ]),
    ...(best === undefined
      ? []
      : [
          [
            "Best snapshot",
            `\`best.onnx\`, after ${best.kimg.toFixed(1)} thousand ${many}: KID-mixed5 ${best.kid.toPrecision(3)}`,
          ],
        ]),
  ];
  return [
    `# ${architecture.family} ${resolutionOf(architecture)}`,
    "",
    "A generator trained with Ganbox. `generator.onnx` runs anywhere ONNX does: input `z` [batch, latent], standard normal; output `images` in [-1, 1].",
    ...(family.encoder === undefined
      ? []
      : [
          "`encoder.onnx` is the way back: input `images` in [-1, 1]; outputs `mean` and `logVariance` of their codes z.",
        ]),
    ...(family.discriminator === undefined
      ? []
      : [
          `\`discriminator.onnx\` judges ${many}: input \`images\`; output \`logits\`, higher for real.`,
        ]),
    "",
    "| | |",
    "| --- | --- |",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    `The ${many} it makes are shaped by those it was trained on; their licence and the rights of people in them apply.`,
    "",
  ].join("\n");
}
