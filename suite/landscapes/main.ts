import { resolve } from "node:path";
import type { GANOptions } from "../../src/box/gan.ts";
import { measureModel } from "../../src/box/metrics.ts";
import { wholeNumbers } from "../flags.ts";
import { trainRun } from "../pictures/run.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";

const DATA = resolve(import.meta.dirname, "../../assets/landscapes");

/** Whole photographs that no training sees, and pictures that are generated. */
const HELD_OUT = 0.2;
const SAMPLES = 2000;

/** What the two runs share. */
const RECIPE: GANOptions = {
  resolution: 64,
  batch: 16,
  crops: 3,
  heldOut: HELD_OUT,
  learningRate: [7e-4, 7e-5],
  gamma: [1, 0.1],
};

/** Strength that is the same from start to end: adaptive strength stays near 0 in runs as short as these. */
const VARIANTS: readonly { readonly name: string; readonly options: GANOptions }[] = [
  { name: "with augmentation", options: { augment: "fixed", augmentP: [0.2, 0.2] } },
  { name: "without", options: { augment: "none" } },
];

interface VariantResult {
  readonly name: string;
  readonly kid: number;
  readonly deviation: number;
  readonly memorisedShare: number;
  readonly medianRatio: number;
  readonly threads: number;
  readonly seconds: number;
}

/**
 * `npm run suite -- landscapes [--kimg 60] [--seed 0]`: the bundled photographs at 64 pixels with and without augmentation, measured against photographs
 * that were held out. Interrupted trainings go on when the command is repeated.
 *
 * @returns Whether augmentation won and nothing was memorised.
 */
export async function landscapes(args: readonly string[]): Promise<boolean> {
  const { kimg, seed } = wholeNumbers("landscapes", args, { kimg: 60, seed: 0 });
  const results: VariantResult[] = [];
  for (const { name, options } of VARIANTS) {
    const run = `landscapes-${name.replaceAll(" ", "-")}-${kimg}kimg-seed${seed}`;
    const { path, threads, seconds } = await trainRun(run, DATA, {
      ...RECIPE,
      ...options,
      kimg,
      seed,
    });
    const { results: values } = await measureModel(path, DATA, {
      metrics: ["kid", "memorisation"],
      samples: SAMPLES,
      heldOut: HELD_OUT,
    });
    results.push({
      name,
      kid: values.kernelDistance?.mean ?? Number.NaN,
      deviation: values.kernelDistance?.deviation ?? Number.NaN,
      memorisedShare: values.memorisation?.share ?? Number.NaN,
      medianRatio: values.memorisation?.medianRatio ?? Number.NaN,
      threads,
      seconds,
    });
  }
  const seconds = results.reduce((sum, r) => sum + r.seconds, 0);
  const threads = Math.max(...results.map((r) => r.threads));
  const record = recordOf(["npm run suite -- landscapes", ...args].join(" "), threads, seconds);
  const text = [
    table([
      ["", "KID-mixed5", "memorised", "distance to training pictures", "training"],
      ...results.map((r) => [
        r.name,
        `${r.kid.toFixed(4)} ± ${r.deviation.toFixed(4)}`,
        `${(100 * r.memorisedShare).toFixed(1)} %`,
        r.medianRatio.toFixed(2),
        `${(r.seconds / 60).toFixed(0)} min`,
      ]),
    ]),
    "",
    `\`${record.command}\`: ${describeRecord(record)}`,
  ].join("\n");
  console.log(text);
  publish("landscapes", { record, kimg, seed, results }, text);
  const [augmented, plain] = results as [VariantResult, VariantResult];
  return augmented.kid < plain.kid && augmented.memorisedShare < 0.1;
}
