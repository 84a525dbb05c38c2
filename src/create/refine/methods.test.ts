import { describe, expect, it } from "vitest";
import { ConfigError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Latent } from "../generator.ts";
import { type Calibration, calibrate } from "./calibration.ts";
import type { Critic, Slope, Start } from "./critic.ts";
import { methodOf, parseRefine, REFINE_METHODS, type RefineMethod } from "./methods.ts";

/** Starts of seeds 0 to count - 1 in the plane. */
function startsOf(count: number): Start[] {
  return Array.from({ length: count }, (_, seed) => ({
    seed,
    latent: { z: new Random(seed).split("z").fillNormal(new Float32Array(2)), class: 0 },
  }));
}

/** A critic that knows the truth. */
function critic(slopeAt: (x: number, y: number) => { logit: number; gradient: number[] }): Critic {
  const slopes = (latents: readonly Latent[]): Slope[] =>
    latents.map(({ z: [x = 0, y = 0] }) => {
      const { logit, gradient } = slopeAt(x, y);
      return { logit, gradient: Float32Array.from(gradient) };
    });
  return {
    logits: async (latents) => slopes(latents).map(({ logit }) => logit),
    slopes: async (latents) => slopes(latents),
  };
}

/**
 * A generator with two modes, `z_0 < 0.8416` with weight 0.8 and the rest; the data has them half and half. The logit is half the log density ratio and
 * a constant.
 */
const EDGE = 0.8416;
const MODES = critic((x) => ({
  logit: 9 + Math.log(x < EDGE ? 0.5 / 0.8 : 0.5 / 0.2) / 2,
  gradient: [0, 0],
}));

async function modesCalibration(count: number): Promise<Calibration> {
  const at = (x: number): Latent => ({ z: Float32Array.of(x, 0), class: 0 });
  const of = async (share: number): Promise<{ logits: readonly number[]; classes: number[] }> => {
    const latents = Array.from({ length: count }, (_, i) => at(i < share * count ? 0 : 2));
    return { logits: await MODES.logits(latents), classes: latents.map(() => 0) };
  };
  return calibrate(await of(0.5), await of(0.8), 0);
}

const shareOfFirst = (latents: readonly Latent[]): number =>
  latents.filter(({ z }) => (z[0] as number) < EDGE).length / latents.length;

/** log of two normal distributions at (-2, 0) and (2, 0) with variance 1/4, over the standard normal one of z. */
const TWO_PEAKS = critic((x, y) => {
  const at = (mean: number): number => Math.exp(-2 * ((x - mean) ** 2 + y ** 2));
  const [left, right] = [at(-2) + 1e-30, at(2) + 1e-30];
  const pull = (left * (-2 - x) + right * (2 - x)) / (left + right);
  return {
    logit: Math.log(left + right) + (x ** 2 + y ** 2) / 2,
    gradient: [4 * pull + x, -4 * y + y],
  };
});

const any: Calibration = { slope: 1, generated: [[0, 1, 2]] };
const run = async (
  method: RefineMethod,
  starts: readonly Start[],
  by: Critic,
  calibration: Calibration,
  rounds: number,
): Promise<Latent[]> => await methodOf(method)(starts, by, calibration, rounds);

describe("reject", () => {
  it("restores the weights of modes that the generator has wrong", async () => {
    const starts = startsOf(4000);
    expect(shareOfFirst(starts.map(({ latent }) => latent))).toBeCloseTo(0.8, 1);
    const calibration = await modesCalibration(4000);
    expect(calibration.slope).toBeCloseTo(2, 1); // the logit is half of what it should be
    const refined = await run("reject", starts, MODES, calibration, 4);
    expect(Math.abs(shareOfFirst(refined) - 0.5)).toBeLessThan(0.025);
    const heights = refined.map(({ z }) => z[1] as number);
    expect(Math.abs(heights.reduce((a, b) => a + b) / heights.length)).toBeLessThan(0.05);
  });

  it("with one round is the first pass; with more it keeps pictures that are accepted", async () => {
    const starts = startsOf(200);
    const calibration = await modesCalibration(1000);
    const first = await run("reject", starts, MODES, calibration, 1);
    expect(first).toEqual(starts.map(({ latent }) => latent));
    const refined = await run("reject", starts, MODES, calibration, 4);
    const kept = refined.filter((latent, i) => latent === starts[i]?.latent).length;
    expect(kept / 200).toBeCloseTo(0.4, 1); // of 1 in 2.5 with the largest ratio
  });

  it("takes the best of those that it saw where nothing is good enough", async () => {
    let asked = 0;
    const poor = critic((x) => ({ logit: -1000 + Math.tanh(x), gradient: [0, 0] }));
    const counting: Critic = {
      ...poor,
      logits: async (latents) => {
        asked += latents.length;
        return await poor.logits(latents);
      },
    };
    const [latent] = await run("reject", startsOf(1), counting, any, 3);
    expect(asked).toBe(24);
    expect(latent?.z[0]).toBeGreaterThan(1);
  });
});

describe("langevin", () => {
  it("samples the standard normal distribution tilted by a linear logit: the same around slope times its gradient", async () => {
    const linear = critic((x, y) => ({ logit: 2 * x - y, gradient: [2, -1] }));
    const refined = await run("langevin", startsOf(1500), linear, { ...any, slope: 0.5 }, 60);
    for (const [axis, mean] of [
      [0, 1],
      [1, -0.5],
    ] as const) {
      const values = refined.map(({ z }) => z[axis] as number);
      const m = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - m) ** 2, 0) / values.length;
      expect(Math.abs(m - mean)).toBeLessThan(0.08);
      expect(Math.abs(variance - 1)).toBeLessThan(0.12);
    }
  });

  it("moves samples to the modes, from each side to the nearer one", async () => {
    const starts = startsOf(600);
    const refined = await run("langevin", starts, TWO_PEAKS, any, 80);
    const near = (latents: readonly Latent[]): number =>
      latents.filter(({ z: [x = 0, y = 0] }) => Math.hypot(Math.abs(x) - 2, y) < 1.25).length / 600;
    expect(near(starts.map(({ latent }) => latent))).toBeLessThan(0.5);
    expect(near(refined)).toBeGreaterThan(0.9);
    const left = refined.filter(({ z }) => (z[0] as number) < 0).length / 600;
    expect(Math.abs(left - 0.5)).toBeLessThan(0.08);
  });
});

describe("rank", () => {
  it("finds better pictures the more it tries, near the seed's own and as normal", async () => {
    const starts = startsOf(1500);
    const upward = critic((x) => ({ logit: x, gradient: [1, 0] }));
    const meanOf = (latents: readonly Latent[], axis: number): number =>
      latents.reduce((sum, { z }) => sum + (z[axis] as number), 0) / latents.length;
    const means: number[] = [];
    for (const rounds of [1, 2, 8])
      means.push(meanOf(await run("rank", starts, upward, any, rounds), 0));
    expect(means[0]).toBeCloseTo(
      meanOf(
        starts.map(({ latent }) => latent),
        0,
      ),
      6,
    );
    expect(means[1]).toBeGreaterThan((means[0] as number) + 0.2);
    expect(means[2]).toBeGreaterThan((means[1] as number) + 0.2);
    const refined = await run("rank", starts, upward, any, 8);
    expect(Math.abs(meanOf(refined, 1))).toBeLessThan(0.1);
    const together = refined.map(
      ({ z }, i) => (z[1] as number) * (starts[i]?.latent.z[1] as number),
    );
    expect(together.reduce((a, b) => a + b) / together.length).toBeGreaterThan(0.6);
  });
});

describe.each(REFINE_METHODS)("%s", (method) => {
  it("gives a seed the same latent whatever other seeds there are, twice the same", async () => {
    const starts = startsOf(40);
    const all = await run(method, starts, TWO_PEAKS, any, 5);
    expect(await run(method, starts, TWO_PEAKS, any, 5)).toEqual(all);
    expect(await run(method, starts.slice(17, 20).reverse(), TWO_PEAKS, any, 5)).toEqual(
      all.slice(17, 20).reverse(),
    );
  });

  it("keeps the class", async () => {
    const starts = startsOf(8).map(({ seed, latent }) => ({
      seed,
      latent: { ...latent, class: 3 },
    }));
    const refined = await run(method, starts, TWO_PEAKS, any, 4);
    expect(refined.every((latent) => latent.class === 3)).toBe(true);
  });
});

describe("parseRefine", () => {
  it("fills in what is left open", () => {
    expect(parseRefine({})).toEqual({ method: "rank", rounds: 4 });
    expect(parseRefine({ method: "langevin" })).toEqual({ method: "langevin", rounds: 20 });
    expect(parseRefine({ method: "rank", rounds: 9 })).toEqual({ method: "rank", rounds: 9 });
  });

  it.each([
    [{ method: "rejct" as RefineMethod }, /refine: "rejct" is unknown, did you mean "reject"/],
    [{ rounds: 0 }, /rounds: got 0/],
    [{ rounds: 2.5 }, /rounds: got 2.5/],
    [{ rounds: 5000 }, /rounds: got 5000/],
  ])("refuses %o", (options, message) => {
    expect(() => parseRefine(options)).toThrow(ConfigError);
    expect(() => parseRefine(options)).toThrow(message);
  });
});
