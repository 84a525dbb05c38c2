import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { input } from "../../graph/ops/index.ts";
import { initialize, Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { encoder } from "./encoder.ts";

const architecture: Architecture = {
  family: "vae",
  channels: 3,
  height: 14,
  width: 14,
  latent: 6,
  classes: 3,
  widths: [16, 8],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
};

describe("the encoder", () => {
  it("starts with codes that are mostly noise of variance 1", () => {
    const E = new Parameters("E");
    const posterior = encoder(E, architecture, input("images", [8, 3, 14, 14]), input("c", [8, 3]));
    expect(posterior.mean.shape).toEqual([8, 6]);
    expect(posterior.logVariance.shape).toEqual([8, 6]);
    const images = new Random(1).fillNormal(new Float32Array(8 * 3 * 14 * 14));
    const c = hostTensor("float32", [8, 3]);
    for (let i = 0; i < 8; i++) c.data[3 * i] = 1;
    const [mean, logVariance] = interpret([posterior.mean, posterior.logVariance], {
      ...Object.fromEntries(initialize(E.list(), new Random(0))),
      images: hostTensor("float32", [8, 3, 14, 14], images),
      c,
    });
    const square = ((mean as HostTensor).data as Float64Array).reduce((s, x) => s + x * x, 0) / 48;
    expect(square).toBeGreaterThan(1e-4);
    expect(square).toBeLessThan(0.3);
    expect([...((logVariance as HostTensor).data as Float64Array)].every((x) => x === 0)).toBe(
      true,
    );
  });
});
