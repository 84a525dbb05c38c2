import type { Size } from "../../base/size.ts";
import { adversarialPhases } from "../adversarial.ts";
import type { Family, Frame } from "../family.ts";
import { judge } from "../fastgan/discriminator.ts";
import { generator } from "../fastgan/generator.ts";
import { reconstructionTask } from "../fastgan/reconstruct.ts";
import { stagesOf } from "../stages.ts";
import { defaults } from "./defaults.ts";

/** Moments and mel bands where none are asked for. */
const USUAL: Size = { width: 64, height: 96 };

/** One plane: how loud each band is at each moment. */
function frame(asked: Size | undefined): Frame {
  const size = asked ?? USUAL;
  return { channels: 1, ...size, stages: stagesOf(size) };
}

/**
 * One-shot sounds as log-mel spectrograms, made and judged by FastGAN's networks; phases are recovered afterwards.
 *
 * @see Donahue, McAuley, Puckette 2018, "Adversarial Audio Synthesis", arXiv:1802.04208 (SpecGAN), and Liu et al. 2021, arXiv:2101.04775
 */
export const sound: Family = {
  name: "sound",
  summary: "one-shot sounds of about a second, from a folder of audio",
  medium: "sounds",
  frame,
  generator,
  discriminator: (...inputs) => judge(...inputs).logits,
  phases: (objective) =>
    adversarialPhases({ generator, judge, task: reconstructionTask }, objective),
  defaults,
};
