import { expect, it } from "vitest";
import { Random } from "../../src/base/random.ts";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import { interpret } from "../../src/graph/interpret.ts";
import { constantOf } from "../../src/graph/ops/index.ts";
import { initialize, Parameters } from "../../src/nn/parameters.ts";
import { discriminator, generator, LATENT, pointsPhases } from "./phases.ts";

const BATCH = 6;
const LAYERS = { width: 8, hidden: 2 };

const phases = pointsPhases(BATCH, LAYERS, LAYERS);
const random = new Random(0);
const normal = (name: string): Float32Array =>
  random.split(name).fillNormal(new Float32Array(BATCH * 2));
const [real, z] = [normal("real"), normal("z")];
const weights: Record<string, HostTensor> = Object.fromEntries(
  initialize([...phases.generator, ...phases.discriminator], random),
);

const lossD = (gamma: number): number =>
  interpret([phases.D.lossD!], {
    ...weights,
    real: hostTensor("float32", [BATCH, 2, 1, 1], real),
    z: hostTensor("float32", [BATCH, LATENT], z),
    gamma: hostTensor("float32", [], Float32Array.of(gamma)),
  })[0]!.data[0] as number;

function logitsOf(points: ArrayLike<number>): ArrayLike<number | bigint> {
  const value = discriminator(new Parameters("D"), constantOf([BATCH, 2, 1, 1], points), LAYERS);
  return interpret([value], weights)[0]!.data;
}

/** Mean over points of the squared slope of D, by central differences. */
function meanSquaredSlope(points: ArrayLike<number>): number {
  const STEP = 2 ** -10;
  let sum = 0;
  for (const axis of [0, 1]) {
    const moved = (by: number): ArrayLike<number | bigint> =>
      logitsOf(Array.from(points, (v, i) => (i % 2 === axis ? v + by : v)));
    const [above, below] = [moved(STEP), moved(-STEP)];
    for (let i = 0; i < BATCH; i++)
      sum += ((Number(above[i]) - Number(below[i])) / (2 * STEP)) ** 2;
  }
  return sum / BATCH;
}

it("the discriminator pays gamma / 2 (R1 + R2)", () => {
  const latents = constantOf([BATCH, LATENT], z);
  const fake = interpret([generator(new Parameters("G"), latents, LAYERS)], weights)[0]!.data;
  const penalties = meanSquaredSlope(real) + meanSquaredSlope(Array.from(fake, Number));
  expect(penalties).toBeGreaterThan(0.1);
  expect(lossD(0.5) - lossD(0)).toBeCloseTo(0.25 * penalties, 4);
});
