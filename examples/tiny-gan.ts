/**
 * A whole GAN on one page: eight Gaussians on a ring, learned by two small networks that are made of graph operations only.
 *
 *     npm run example -- [seed]
 *
 * Loss and penalties are R3GAN's (Huang et al. 2024, arXiv:2501.05441), the data and the count of modes the 2-D ring of PacGAN
 * (Lin et al. 2017, arXiv:1712.04086): z is normal in two dimensions, 2,500 samples are drawn, and one within 3 sigma of a
 * mode is of high quality.
 */
import {
  Engine,
  gradients,
  type HostTensor,
  hostTensor,
  initialize,
  NEXT,
  ops,
  type Parameter,
  Parameters,
  Random,
  State,
  type Value,
} from "ganbox";

const { add, div, mul, reduceMean, reduceSum, softplus, sqrt, square, sub } = ops;

const MODES = 8;
const SIGMA = 0.01;
const BATCH = 128;
const STEPS = 8000;
const SAMPLES = 2500;
const HIDDEN = 64;
/** Weight of the gradient penalties. */
const GAMMA = 0.05;
/** At the start; it falls to zero along half a cosine. */
const LEARNING_RATE = 2e-3;
const BETA2 = 0.99;

/** Centre of mode `k` on the unit circle. */
function centre(k: number): [x: number, y: number] {
  const angle = (2 * Math.PI * k) / MODES;
  return [Math.cos(angle), Math.sin(angle)];
}

/** `rows` points of the data, [rows, 2]. */
function realPoints(random: Random, rows: number): HostTensor {
  const points = random.split("spread").fillNormal(new Float32Array(rows * 2));
  for (let i = 0; i < rows; i++) {
    const [x, y] = centre(random.integer(MODES));
    points[2 * i] = x + SIGMA * (points[2 * i] as number);
    points[2 * i + 1] = y + SIGMA * (points[2 * i + 1] as number);
  }
  return hostTensor("float32", [rows, 2], points);
}

/** `rows` latents, [rows, 2]. */
function latents(random: Random, rows: number): HostTensor {
  return hostTensor("float32", [rows, 2], random.split("z").fillNormal(new Float32Array(2 * rows)));
}

/** Two hidden layers, [N, 2] to [N, out]: the generator with out = 2, the discriminator with out = 1. */
function network(p: Parameters, x: Value, out: number): Value {
  const layer = (name: string, y: Value, width: number): Value => {
    const inputs = y.shape[1] as number;
    const weight = p.get(`${name}/weight`, [inputs, width], Math.sqrt(2 / inputs));
    return add(ops.matmul(y, weight), p.get(`${name}/bias`, [width], 0));
  };
  const hidden = ops.leakyRelu(layer("1", ops.leakyRelu(layer("0", x, HIDDEN)), HIDDEN));
  return layer("2", hidden, out);
}

/** `mean_n || d D(x_n) / d x_n ||^2`: R1 at real points, R2 at generated ones. */
function penalty(logits: Value, points: Value): Value {
  const [slope] = gradients(reduceSum(logits), [points]); // [N, 2]
  return reduceMean(reduceSum(square(slope as Value), { axes: [1] }));
}

/**
 * Adam without momentum, `v' = b2 v + (1 - b2) g^2` and `p' = p - lr g / (sqrt(v' / (1 - b2^t)) + eps)`, as the next values of the
 * parameters and of their second moments, beside the loss.
 */
function adam(loss: Value, parameters: readonly Parameter[]): Record<string, Value> {
  const [rate, correction] = [ops.input("rate", []), ops.input("correction", [])];
  const values = parameters.map((p) => p.value);
  const slopes = gradients(loss, values);
  const next: Record<string, Value> = { loss };
  for (const [i, { name, shape, value }] of parameters.entries()) {
    const slope = slopes[i] as Value;
    const moment = add(mul(BETA2, ops.input(`${name}.v`, shape)), mul(1 - BETA2, square(slope)));
    next[`${NEXT}${name}.v`] = moment;
    next[NEXT + name] = sub(value, div(mul(rate, slope), add(sqrt(div(moment, correction)), 1e-8)));
  }
  return next;
}

/** Trains, and returns samples of the generator, [2500, 2]. */
async function train(seed: number): Promise<Float32Array> {
  const [G, D] = [new Parameters("G"), new Parameters("D")];
  const [real, z] = [ops.input("real", [BATCH, 2]), ops.input("z", [BATCH, 2])];
  const fake = network(G, z, 2);
  const [fixed, judge] = [ops.stopGradient(fake), (points: Value): Value => network(D, points, 1)];
  const [onReal, onFixed] = [judge(real), judge(fixed)];
  const penalties = mul(add(penalty(onReal, real), penalty(onFixed, fixed)), GAMMA / 2);
  const lossD = add(reduceMean(softplus(sub(onFixed, onReal))), penalties);
  const lossG = reduceMean(softplus(sub(onReal, judge(fake))));

  const engine = await Engine.create({ threads: 1 });
  const stepD = await engine.compile(adam(lossD, D.list()));
  const stepG = await engine.compile(adam(lossG, G.list()));
  const sample = await engine.compile({ points: network(G, ops.input("z", [SAMPLES, 2]), 2) });

  const random = new Random(seed);
  const state = new State();
  for (const [name, tensor] of initialize([...G.list(), ...D.list()], random.split("init"))) {
    state.set(name, tensor);
    state.set(`${name}.v`, hostTensor("float32", tensor.shape));
  }
  const scalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));
  for (let step = 0; step < STEPS; step++) {
    const rate = scalar(LEARNING_RATE * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS)));
    const correction = scalar(1 - BETA2 ** (step + 1));
    for (const [i, program] of [stepD, stepG].entries()) {
      const draw = random.split("batch").split(2 * step + i);
      const feeds = { rate, correction, real: realPoints(draw, BATCH), z: latents(draw, BATCH) };
      const { next, results } = await program.run(feeds, state);
      state.commit(next);
      if (step % 1000 === 999) console.log(step + 1, "DG"[i], results.loss?.data[0]);
    }
  }
  const { results } = await sample.run({ z: latents(random.split("sample"), SAMPLES) }, state);
  return results.points?.data as Float32Array;
}

/** Samples of high quality at each mode. */
function hits(points: Float32Array): number[] {
  const counts = new Array<number>(MODES).fill(0);
  for (let i = 0; i < points.length; i += 2) {
    for (const k of counts.keys()) {
      const [x, y] = centre(k);
      const distance = Math.hypot((points[i] as number) - x, (points[i + 1] as number) - y);
      if (distance <= 3 * SIGMA) counts[k] = (counts[k] as number) + 1;
    }
  }
  return counts;
}

const counts = hits(await train(Number(process.argv[2] ?? 0)));
const percent = (100 * counts.reduce((a, b) => a + b)) / SAMPLES;
console.log(`${counts.filter((n) => n > 0).length} of ${MODES} modes covered`);
console.log(`${percent.toFixed(1)} % of the samples are of high quality`);
