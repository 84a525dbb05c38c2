import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { input } from "../../graph/ops/index.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture, FamilyFacts } from "../family.ts";
import { emptyNetworks, PhaseContext, parametersOf } from "../phase-context.ts";
import { judge } from "./discriminator.ts";
import { generator } from "./generator.ts";
import { fastgan } from "./index.ts";

const architecture: Architecture = {
  family: "fastgan",
  channels: 3,
  height: 32,
  width: 32,
  latent: 16,
  classes: 0,
  widths: [16, 16, 8, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};

const normal = (seed: number, shape: readonly number[]): HostTensor =>
  hostTensor(
    "float32",
    shape,
    new Random(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))),
  );

function factsOf(side: number): FamilyFacts {
  const stages = Math.floor(Math.log2(side / 4)) + 1;
  const size = { resolution: side, height: side, width: side, channels: 3 };
  return { preset: "small", ...size, stages, pictures: 100 };
}

describe("FastGAN", () => {
  it.each([8, 16, 28, 32, 64, 112, 128])("has logits and feature maps at %i pixels", (side) => {
    const { widths } = fastgan.defaults(factsOf(side));
    const network = { ...architecture, height: side, width: side, widths };
    const [G, D] = [new Parameters("G"), new Parameters("D")];
    const images = generator(G, network, input("z", [2, 16]));
    expect(images.shape).toEqual([2, 3, side, side]);
    const { logits, features } = judge(D, network, images);
    expect(logits.shape[0]).toBe(2);
    expect(features?.whole?.shape[2]).toBe(side === 8 ? 4 : 2 * (side % 7 ? 4 : 7));
  });

  it("makes the same picture of a seed in any batch when it is used, and other noise in every pass of training", () => {
    const G = new Parameters("G");
    const alone = generator(G, architecture, input("z", [1, 16]));
    const weights = Object.fromEntries(initialize(G.list(), new Random(0)));
    // Noise counts from the start here.
    for (const [name, tensor] of Object.entries(weights))
      if (name.endsWith(".strength")) tensor.data[0] = 0.5;
    const z = normal(1, [1, 16]);
    const [picture] = interpret([alone], { ...weights, z });
    const pair = generator(G, architecture, input("z", [2, 16]));
    const twice = hostTensor(
      "float32",
      [2, 16],
      new Float32Array([...z.data, ...normal(2, [16]).data].map(Number)),
    );
    const [both] = interpret([pair], { ...weights, z: twice });
    const size = 3 * 32 * 32;
    expect(both?.data.slice(0, size)).toEqual(picture?.data);

    const names: string[] = [];
    const run = {
      noise: (name: string, shape: readonly number[]) => {
        names.push(name);
        return input(name, shape);
      },
      update: () => undefined,
    };
    generator(G.during(run), architecture, input("z", [2, 16]));
    expect(names).toHaveLength(5); // 8, 8, 16, 32, 32 pixels
  });

  it("adds its drawing task to the discriminator's loss, and draws the quarter that was chosen", () => {
    const networks = emptyNetworks();
    const small = { ...architecture, height: 16, width: 16, widths: [8, 8, 8] };
    const { objective } = fastgan.defaults(factsOf(16));
    const [D] = fastgan.phases(objective);
    const context = new PhaseContext(
      { family: fastgan, architecture: small, objective, augmentations: [] },
      networks,
      2,
    );
    const { reports, loss } = (D as NonNullable<typeof D>).objective(context);
    const weights = Object.fromEntries(
      initialize(Object.values(parametersOf(networks)).flat(), new Random(3)),
    );
    const feeds: Record<string, HostTensor> = {
      ...weights,
      real: hostTensor(
        "uint8",
        [2, 3, 16, 16],
        new Random(4).fillNormal(new Float32Array(1536)).map((v) => 128 + 40 * v) as never,
      ),
    };
    for (const { name, shape } of context.draws) feeds[name] = normal(5, shape);
    const at = (quarter: number): number => {
      feeds.quarter = hostTensor("float32", [2, 1, 1, 1], Float32Array.of(quarter, quarter));
      const [task, total] = interpret([reports.reconstruction, loss] as never, feeds);
      // The adversarial loss is positive, and the task comes on top.
      expect(total?.data[0] as number).toBeGreaterThan(task?.data[0] as number);
      return task?.data[0] as number;
    };
    expect(at(0.1)).toBe(at(0.2));
    expect(at(0.1)).not.toBe(at(0.3));
    expect(at(0.6)).not.toBe(at(0.9));
  });
});
