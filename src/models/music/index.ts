import { concat, split } from "../../graph/ops/index.ts";
import type { Value } from "../../graph/value.ts";
import { adversarialPhases } from "../adversarial.ts";
import type { Family } from "../family.ts";
import type { PhaseContext } from "../phase-context.ts";
import { defaults } from "./defaults.ts";
import { discriminator, splitExample } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { frame, STEPS_PER_BAR } from "./shape.ts";

/** Music: segments of several parts as piano-rolls, each behind the bar before it, so that whole pieces can be made. */
export const music: Family = {
  name: "music",
  summary: "music in five parts, from a folder of MIDI files",
  medium: "music",
  frame,
  planes: ({ channels }) => 2 * channels,
  inputs: ({ channels, width }) => ({ before: [channels, STEPS_PER_BAR, width] }),
  drawInputs: ({ channels, width }) => ({
    before: new Float32Array(channels * STEPS_PER_BAR * width).fill(-1), // silence: the begin of a piece
  }),
  generator,
  discriminator,
  phases: (objective) =>
    adversarialPhases(
      { generator, judge: (...inputs) => ({ logits: discriminator(...inputs) }), fakes },
      objective,
    ),
  defaults,
};

/** Generated segments, each behind the bar before of a real one: the two of a pair differ in nothing else. */
function fakes(context: PhaseContext): Value {
  const { architecture, networks, real, z, c } = context;
  const [before] = splitExample(architecture, real);
  const [history] = split(real, 1, [architecture.channels, architecture.channels]) as [
    Value,
    Value,
  ];
  return concat([history, generator(networks.G, architecture, z, c, { before })], 1);
}
