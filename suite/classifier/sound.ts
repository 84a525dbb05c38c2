import type { Random } from "../../src/base/random.ts";
import * as ops from "../../src/graph/ops/index.ts";
import type { Value } from "../../src/graph/value.ts";
import { biasedLeakyRelu, convLayer, LEAKY_GAIN, linearLayer } from "../../src/nn/layers.ts";
import type { Parameters } from "../../src/nn/parameters.ts";

/** Length of a sound's features. */
const FEATURES = 64;

/** Channels of the convolutions of 3 x 3, each of which halves the picture. */
const LAYERS = [24, 32, 48, 64] as const;

/**
 * A small classifier of sounds.
 *
 * @param images Log-mel pictures [N, 1, 64, 64] in 0..1, black is silence.
 * @returns `features` [N, 64], what the last layer sees, and `logits` [N, classes].
 */
export function soundClassifier(
  p: Parameters,
  images: Value,
  classes: number,
): { features: Value; logits: Value } {
  let x = ops.mul(ops.sub(images, 0.5), 2);
  for (const [i, channels] of LAYERS.entries()) {
    x = convLayer(p, `conv${i}`, x, channels, { kernel: 3, stride: 2, gain: LEAKY_GAIN });
    x = biasedLeakyRelu(p, `bias${i}`, x);
  }
  const flat = ops.reshape(x, [x.shape[0] as number, -1]);
  const hidden = linearLayer(p, "features", flat, FEATURES, LEAKY_GAIN);
  const features = ops.leakyRelu(ops.add(hidden, p.get("features-bias", [FEATURES], 0)));
  return { features, logits: linearLayer(p, "logits", features, classes) };
}

/** Largest changes of a sound that keep its class: bands up or down, moments later, level up or down, and noise (parts of the range). */
const VARIATION = { bands: 2, moments: 3, level: 0.08, noise: 0.02 } as const;

/** Longest silence that is put into a sound at random [moments], and widest band that is left out [bands]. */
const HOLES = { moments: 12, bands: 10 } as const;

/** Writes a sound's picture, moved, louder or quieter, noisy, cut off at a random moment and with a band left out, into `out` as values from 0 to 1. */
export function varySound(
  pixels: Uint8Array,
  side: number,
  random: Random,
  out: Float32Array,
): void {
  const signed = (limit: number): number => limit * (2 * random.uniform() - 1);
  const up = Math.round(signed(VARIATION.bands));
  const later = random.integer(VARIATION.moments + 1);
  const level = signed(VARIATION.level);
  // Half of the sounds end early: a short sound of an instrument is a sound of it.
  const end = random.uniform() < 0.5 ? side : 12 + random.integer(side - 12);
  const [hole, width] = [random.integer(side), random.integer(HOLES.bands)];
  const [pause, length] = [random.integer(side), random.integer(HOLES.moments)];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [from, at] = [row + up, column - later];
      const outside = from < 0 || from >= side || at < 0 || at >= end;
      const cut =
        (row >= hole && row < hole + width) || (column >= pause && column < pause + length);
      const grey = outside || cut ? 0 : (pixels[from * side + at] as number) / 255;
      const noise = random.uniform() * VARIATION.noise;
      out[row * side + column] = Math.min(1, grey === 0 ? noise : Math.max(0, grey + level));
    }
  }
}
