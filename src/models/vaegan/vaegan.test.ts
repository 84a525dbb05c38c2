import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { sizeOf } from "../../base/shape.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { gradients } from "../../graph/gradients.ts";
import { interpret } from "../../graph/interpret.ts";
import { reduceSum, square } from "../../graph/ops/index.ts";
import { initialize } from "../../nn/parameters.ts";
import type { Architecture, NetworkName, PhaseDefinition } from "../family.ts";
import { emptyNetworks, PhaseContext, parametersOf } from "../phase-context.ts";
import { vaegan } from "./index.ts";

const architecture: Architecture = {
  family: "vaegan",
  channels: 3,
  height: 8,
  width: 8,
  latent: 3,
  classes: 0,
  widths: [4, 4],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};
const facts = {
  ...architecture,
  preset: "small",
  resolution: 8,
  stages: 2,
  pictures: 100,
} as const;
const { objective } = vaegan.defaults(facts);
const PAIRS = 3;

/** Squared norm of the gradient of a phase's loss in each network, with random weights everywhere. */
function slopesOf(definition: PhaseDefinition): Record<NetworkName, number> {
  const networks = emptyNetworks();
  const context = new PhaseContext(
    { family: vaegan, architecture, objective, augmentations: [] },
    networks,
    PAIRS,
  );
  const { loss } = definition.objective(context);
  const parameters = parametersOf(networks);
  const noisy = Object.values(parameters).flatMap((list) =>
    list.map((p) => ({ ...p, std: p.std || 0.1 })),
  );
  const random = new Random(2);
  const real = hostTensor("uint8", [PAIRS, 3, 8, 8]);
  for (let i = 0; i < real.data.length; i++) real.data[i] = random.integer(256);
  const feeds: Record<string, HostTensor> = {
    ...Object.fromEntries(initialize(noisy, new Random(1))),
    real,
    gamma: hostTensor("float32", [], Float32Array.of(1)),
  };
  for (const { name, shape } of context.draws)
    feeds[name] = hostTensor("float32", shape, random.fillNormal(new Float32Array(sizeOf(shape))));
  const norm = (network: NetworkName): number => {
    const wrt = parameters[network].map(({ value }) => value);
    const squares = gradients(loss, wrt).map((g) => reduceSum(square(g)));
    return interpret(squares, feeds).reduce((sum, { data }) => sum + Number(data[0]), 0);
  };
  return { D: norm("D"), E: norm("E"), G: norm("G") };
}

describe("the phases of a VAE-GAN", () => {
  const phases = vaegan.phases(objective);
  const phase = (name: string): PhaseDefinition =>
    phases.find((p) => p.name === name) as PhaseDefinition;

  it("train one network each, the discriminator first", () => {
    expect(phases.map(({ name, trains }) => [name, ...trains])).toEqual([
      ["D", "D"],
      ["E", "E"],
      ["G", "G"],
    ]);
    const lazy = vaegan.phases({ ...objective, penaltyEvery: 4 });
    expect(lazy.map(({ name }) => name)).toEqual(["D", "Dpenalty", "E", "G"]);
  });

  it("let no gradient of the adversarial loss reach the encoder, nor of D's objective the others", () => {
    expect(slopesOf(phase("D"))).toMatchObject({ E: 0, G: 0, D: expect.toSatisfy((x) => x > 0) });
    expect(slopesOf(phase("G"))).toMatchObject({ E: 0, G: expect.toSatisfy((x) => x > 0) });
    expect(slopesOf(phase("E")).E).toBeGreaterThan(0);
  });
});
