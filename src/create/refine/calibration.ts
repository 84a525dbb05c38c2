import { CheckpointError } from "../../base/errors.ts";

/** Logits of pictures, with the class of each (0 for unconditional models). */
export interface Judged {
  readonly logits: readonly number[];
  readonly classes: readonly number[];
}

/**
 * What a discriminator's logits are worth: plain JSON.
 *
 * A discriminator is trained to tell pictures apart, not to know densities, and some losses leave it a constant of its own (the relativistic one does, for
 * each class). Calibrated on real and generated pictures, `p(real) / p(generated) = exp(slope d + a constant of the class)`. The constants cancel
 * wherever pictures of one class are compared.
 */
export interface Calibration {
  /** Change of the log density ratio with the logit, above 0. */
  readonly slope: number;
  /** Logits of generated pictures, by class. */
  readonly generated: readonly (readonly number[])[];
}

/** Fewest generated pictures of a class that tell how its logits are spread; below, those of all classes do. */
const LEAST_OF_CLASS = 20;

/** Keeps the equation of a class without pictures solvable. */
const RIDGE = 1e-6;

const ROUNDS = 50;
const TOLERANCE = 1e-10;

/**
 * Logistic regression of "is real" on the logit, with one slope and a constant for each class (Platt scaling). Its targets are `(n + 1) / (n + 2)` for the n
 * real pictures and `1 / (m + 2)` for the m generated ones, so that the slope stays finite where the logits tell all of them apart.
 *
 * @throws {CheckpointError} if the logits do not tell real from generated pictures: slope 0 or below, or not finite.
 * @see Platt 1999, "Probabilistic outputs for support vector machines"; Azadi et al. 2018, "Discriminator Rejection Sampling", arXiv:1810.06758
 */
export function calibrate(real: Judged, generated: Judged, classes: number): Calibration {
  const count = Math.max(classes, 1);
  const slope = slopeOf(real, generated, count);
  if (!(slope > 0 && Number.isFinite(slope))) {
    throw new CheckpointError(
      `refine: the discriminator does not tell ${real.logits.length} real from ${generated.logits.length} generated pictures (slope ${slope.toPrecision(2)}), expected higher logits for real ones. Train longer, or generate without --refine.`,
    );
  }
  const byClass: number[][] = Array.from({ length: count }, () => []);
  for (const [i, logit] of generated.logits.entries())
    byClass[generated.classes[i] as number]?.push(logit);
  return { slope, generated: byClass };
}

/** One picture of the regression. */
interface Row {
  readonly x: number;
  readonly group: number;
  readonly target: number;
}

function slopeOf(real: Judged, generated: Judged, classes: number): number {
  const all = [...real.logits, ...generated.logits];
  const mean = all.reduce((sum, d) => sum + d, 0) / all.length;
  const scale = Math.sqrt(all.reduce((sum, d) => sum + (d - mean) ** 2, 0) / all.length);
  if (!(scale > 0)) return scale; // all logits are equal, or one is not finite
  const rowsOf = ({ logits, classes: groups }: Judged, target: number): Row[] =>
    logits.map((d, i) => ({ x: (d - mean) / scale, group: groups[i] as number, target }));
  const rows = [
    ...rowsOf(real, (real.logits.length + 1) / (real.logits.length + 2)),
    ...rowsOf(generated, 1 / (generated.logits.length + 2)),
  ];
  return logisticSlope(rows, classes) / scale;
}

const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Newton's method with halved steps for `sum softplus(f) - target f`, `f = slope x + constant[group]`; only slope and constants of one group meet in the Hessian. */
function logisticSlope(rows: readonly Row[], groups: number): number {
  let slope = 0;
  let constants = new Float64Array(groups);
  const lossAt = (a: number, b: Float64Array): number =>
    rows.reduce((sum, { x, group, target }) => {
      const f = a * x + (b[group] as number);
      return sum + softplus(f) - target * f;
    }, 0);
  let loss = lossAt(slope, constants);
  for (let round = 0; round < ROUNDS; round++) {
    const step = newtonStep(rows, slope, constants);
    let share = 1;
    let next = { slope, constants, loss };
    do {
      const a = slope - share * step.slope;
      const b = constants.map((v, i) => v - share * (step.constants[i] as number));
      next = { slope: a, constants: b, loss: lossAt(a, b) };
      share /= 2;
    } while (next.loss > loss && share > TOLERANCE);
    const gain = loss - next.loss;
    if (gain > 0) ({ slope, constants, loss } = next);
    if (!(gain > TOLERANCE * rows.length)) break;
  }
  return slope;
}

function newtonStep(
  rows: readonly Row[],
  slope: number,
  constants: Float64Array,
): { slope: number; constants: Float64Array } {
  const groups = constants.length;
  const [gradient, cross, diagonal] = [0, 0, RIDGE].map((start) =>
    new Float64Array(groups).fill(start),
  ) as [Float64Array, Float64Array, Float64Array];
  let [slopeGradient, slopeCurvature] = [0, RIDGE];
  for (const { x, group, target } of rows) {
    const p = 1 / (1 + Math.exp(-(slope * x + (constants[group] as number))));
    const weight = p * (1 - p);
    slopeGradient += (p - target) * x;
    slopeCurvature += weight * x * x;
    gradient[group] = (gradient[group] as number) + p - target;
    cross[group] = (cross[group] as number) + weight * x;
    diagonal[group] = (diagonal[group] as number) + weight;
  }
  for (let g = 0; g < groups; g++) {
    const ratio = (cross[g] as number) / (diagonal[g] as number);
    slopeGradient -= ratio * (gradient[g] as number);
    slopeCurvature -= ratio * (cross[g] as number);
  }
  const slopeStep = slopeGradient / slopeCurvature;
  return {
    slope: slopeStep,
    constants: gradient.map(
      (g, i) => (g - (cross[i] as number) * slopeStep) / (diagonal[i] as number),
    ),
  };
}

/**
 * The log density ratio, up to the class's constant, from which on every picture is accepted, so that a share `rate` of the class's generated pictures is:
 * `mean min(1, exp(slope d - bound)) = rate`. It is never above the largest ratio that was seen: there rejection is exact, and a lower rate only work.
 *
 * @param rate Above 0, at most 1.
 */
export function acceptanceBound(calibration: Calibration, label: number, rate: number): number {
  const { slope, generated } = calibration;
  const own = generated[label] ?? [];
  const ratios = (own.length >= LEAST_OF_CLASS ? own : generated.flat()).map((d) => slope * d);
  const rateAt = (bound: number): number =>
    ratios.reduce((sum, r) => sum + Math.min(1, Math.exp(r - bound)), 0) / ratios.length;
  let low = Math.min(...ratios); // accepts all
  let high = Math.max(...ratios);
  if (rateAt(high) >= rate) return high;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (rateAt(middle) >= rate) low = middle;
    else high = middle;
  }
  return low;
}
