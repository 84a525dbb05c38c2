import { ort } from "#platform";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import type { Generator } from "../../create/generator.ts";
import { imageFromPlanes } from "../../media/planes.ts";
import type { Architecture, Medium } from "../../models/family.ts";
import { stackInputs } from "../../models/inputs.ts";
import type { ModelInfo } from "../../models/model-file.ts";
import { mediumOf } from "../../models/registry.ts";
import { nounsOf } from "../../models/words.ts";
import type { Check } from "./validation.ts";

/** Standard deviation of the values of an example [0..255] below which it shows nothing: a flat colour with the noise of its last digit. */
const BLANK = 2;

/** Root mean square difference of two examples [0..255] below which they are the same to eye or ear. */
const SAME = 2;

/** Share of the pairs that may be the same: a model that repeats itself more has collapsed. */
const MOST_SAME = 0.5;

/** Most that values of two runtimes or two batch sizes may differ [0..255]: a rounding. */
const ROUNDING = 1;

/** Seeds that are made again. */
const AGAIN = [0, 7, 21];

/** Whether every weight is a finite number. */
export function checkWeights(weights: ReadonlyMap<string, HostTensor>): Check {
  let [count, bad] = [0, 0];
  let first: string | undefined;
  for (const [name, { data }] of weights) {
    const odd = (data as Float32Array).reduce((sum, x) => sum + Number(!Number.isFinite(x)), 0);
    if (odd > 0) first ??= name;
    bad += odd;
    count += data.length;
  }
  const all = count.toLocaleString("en-US");
  return {
    name: "weights",
    ok: bad === 0,
    seen:
      bad === 0
        ? `all ${all} numbers are finite`
        : `${bad.toLocaleString("en-US")} of ${all} numbers are not finite, first in "${first}"`,
  };
}

/** What examples without content are like. */
const EMPTY: Readonly<Record<Medium, string>> = {
  pictures: "show one flat colour",
  clips: "show one flat colour",
  music: "are silent",
  sounds: "are silent or an even noise",
};

/**
 * Whether what a model makes shows something, and differs from seed to seed.
 *
 * @param made Shape [channels, height, width] each, in [-1, 1].
 */
export function checkLooks(made: readonly Float32Array[], architecture: Architecture): Check[] {
  const medium = mediumOf(architecture.family);
  const { many } = nounsOf(architecture.family);
  // A note sounds or does not: how loud silence is drawn says nothing.
  const seen = made.map((planes) =>
    medium === "music"
      ? Uint8Array.from(planes, (x) => (x > 0 ? 255 : 0))
      : imageFromPlanes(planes, architecture).data,
  );
  const blank = seen.filter((data) => deviation(data) < BLANK).length;
  let [pairs, same] = [0, 0];
  for (const [i, a] of seen.entries()) {
    for (const b of seen.slice(i + 1)) {
      pairs++;
      if (difference(a, b) < SAME) same++;
    }
  }
  return [
    {
      name: "not blank",
      ok: blank === 0,
      seen: `${blank} of ${seen.length} ${many} ${EMPTY[medium]}`,
    },
    {
      name: "not all the same",
      ok: same <= MOST_SAME * pairs,
      seen: `${same} of ${pairs} pairs of ${many} are the same to the ${medium === "music" || medium === "sounds" ? "ear" : "eye"}`,
    },
  ];
}

/** Whether seeds give the same as before, also when each is made alone. */
export async function checkRepeats(
  generator: Generator,
  made: readonly Float32Array[],
): Promise<Check> {
  const { architecture } = generator.info;
  const { one, many } = nounsOf(architecture.family);
  let most = 0;
  for (const seed of AGAIN) {
    const before = imageFromPlanes(made[seed] as Float32Array, architecture);
    for await (const { data } of generator.fromSeeds([seed]))
      most = Math.max(most, largest(before.data, data));
  }
  return {
    name: `same seed, same ${one}`,
    ok: most <= ROUNDING,
    seen: `made again one by one, ${many} differ by at most ${most} of 255`,
  };
}

/** Whether the graph in the file, run as it is by ONNX Runtime as other programs do it, gives the same as Ganbox, which rebuilds it. */
export async function checkGraph(
  bytes: Uint8Array,
  { architecture }: ModelInfo,
  generator: Generator,
): Promise<Check> {
  const name = "graph";
  const latent = generator.latentOf(0);
  const { latent: length, classes } = architecture;
  const feeds: Record<string, ort.Tensor> = { z: new ort.Tensor("float32", latent.z, [1, length]) };
  if (classes > 0) {
    const c = hostTensor("float32", [1, classes]);
    c.data[latent.class] = 1;
    feeds.c = new ort.Tensor("float32", c.data, [1, classes]);
  }
  const others = stackInputs(architecture, [latent.inputs ?? {}], 1);
  for (const [input, { data, shape }] of Object.entries(others))
    feeds[input] = new ort.Tensor("float32", data as Float32Array, [...shape]);
  let most = 0;
  try {
    const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
    const { images } = await session.run(feeds);
    await session.release();
    const own = imageFromPlanes(images?.data as Float32Array, architecture);
    for await (const { data } of generator.generate([latent])) most = largest(own.data, data);
  } catch (error) {
    return { name, ok: false, seen: `ONNX Runtime cannot run it: ${(error as Error).message}` };
  }
  return {
    name,
    ok: most <= ROUNDING,
    seen: `run as it is by ONNX Runtime, its ${nounsOf(architecture.family).one} differs from Ganbox's by at most ${most} of 255`,
  };
}

function deviation(data: Uint8Array): number {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
}

function difference(a: Uint8Array, b: Uint8Array): number {
  return Math.sqrt(a.reduce((sum, x, i) => sum + (x - (b[i] as number)) ** 2, 0) / a.length);
}

function largest(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0);
}
