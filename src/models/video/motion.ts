import * as ops from "../../graph/ops/index.ts";
import { scope, type Value } from "../../graph/value.ts";
import { LEAKY_GAIN, LEAKY_SLOPE, linearLayer } from "../../nn/layers.ts";
import type { Parameters } from "../../nn/parameters.ts";
import type { Architecture } from "../family.ts";
import { clipNumbers, OSCILLATORS } from "./shape.ts";

const { add, mul, sub } = ops;

/** Slowest and fastest oscillator before training [turns in the length of a clip]. */
const RATES = [0.15, 4] as const;

/** How far a motion code moves the rates at first, as a power of e. */
const RATE_SPREAD = 0.3;

/** Length of the hidden layers, and of the motion that comes out. */
const HIDDEN = 128;

/** What a moment of a clip is made of, beside its content. Each has N rows. */
export interface Moment {
  /** The clip's motion code, standard normal [N, MOTION]: how fast what moves, and where it begins. */
  readonly motion: Value;
  /** Noise that drifts with time, standard normal [N, DRIFT]: what has no period. */
  readonly drift: Value;
  /** Time [s], [N, 1]. */
  readonly time: Value;
  /** Length [s] after which the film begins again, [N, 1]; 0 for films that do not. @default none */
  readonly loop?: Value;
}

/** Turns that each oscillator has made: where it began, and its rate times the time; in a loop, each makes whole turns. [N, OSCILLATORS] */
function turnsOf(p: Parameters, seconds: number, { motion, time, loop }: Moment): Value {
  const [slow, fast] = RATES.map(Math.log) as [number, number];
  const spaced = ops.constantOf(
    [1, OSCILLATORS],
    Float32Array.from(
      { length: OSCILLATORS },
      (_, i) => slow + ((fast - slow) * i) / (OSCILLATORS - 1),
    ),
  );
  const moved = add(spaced, p.get("rate-bias", [1, OSCILLATORS], 0));
  let rate = ops.exp(add(moved, linearLayer(p, "rate", motion, OSCILLATORS, RATE_SPREAD)));
  if (loop !== undefined) {
    const length = mul(loop, 1 / seconds); // [N, 1]
    const loops = ops.greater(length, 0);
    const safe = ops.where(loops, length, 1);
    const whole = ops.div(ops.floor(add(mul(rate, safe), 0.5)), safe);
    rate = ops.where(loops, whole, rate);
  }
  const begin = linearLayer(p, "phase", motion, OSCILLATORS);
  return add(begin, mul(rate, mul(time, 1 / seconds)));
}

function hidden(p: Parameters, name: string, x: Value): Value {
  const y = linearLayer(p, name, x, HIDDEN, LEAKY_GAIN);
  return ops.leakyRelu(add(y, p.get(`${name}-bias`, [1, HIDDEN], 0)), LEAKY_SLOPE);
}

/**
 * The motion of a moment, [N, 128], for any time: oscillators whose rates and first phases are learned functions of the motion code, and drifting
 * noise, mixed with the content by two layers.
 *
 * @param content z and what stands for the class, [N, C].
 */
export function motionOf(
  p: Parameters,
  architecture: Architecture,
  content: Value,
  moment: Moment,
): Value {
  return scope("motion", () => {
    const turns = turnsOf(p, clipNumbers(architecture).seconds, moment);
    const angle = mul(sub(turns, ops.floor(turns)), 2 * Math.PI); // sines of large angles lose digits
    const codes = [content, ops.sin(angle), ops.cos(angle), moment.drift, moment.motion];
    return hidden(p, "hidden2", hidden(p, "hidden1", ops.concat(codes, 1)));
  });
}
