import { measureSoundModel, type SoundMeasurement } from "../../src/box/sound-measure.ts";
import { loadSoundGenerator } from "../../src/create/sound/write-sounds.node.ts";
import { wholeNumbers } from "../flags.ts";
import { trainRun } from "../pictures/run.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";
import { sonicPiFolder } from "../sets/sonic-pi.ts";

/** Generated sounds, and real ones to compare with, at most. */
const SAMPLES = 300;

/** What is asked of the model: a Frechet audio distance this part of the way from white noise to real sounds, and no more copies than among real sounds. */
const GOAL = { way: 0.9, copied: 0.2 } as const;

/**
 * `npm run suite -- sounds [--kimg 40] [--seed 1]`: one-shot sounds by class, trained on Sonic Pi's samples. An interrupted training goes on when the command is repeated.
 *
 * @returns Whether the goals were reached.
 */
export async function sounds(args: readonly string[]): Promise<boolean> {
  const { kimg, seed } = wholeNumbers("sounds", args, { kimg: 40, seed: 1 });
  const folder = sonicPiFolder();
  const { path, threads, seconds } = await trainRun(`sounds-${kimg}kimg-seed${seed}`, folder, {
    family: "sound",
    conditional: true,
    kimg,
    seed,
  });
  const generator = await loadSoundGenerator(path);
  const measured = await measureSoundModel(generator, folder, { samples: SAMPLES });
  await generator.dispose();
  const record = recordOf(["npm run suite -- sounds", ...args].join(" "), threads, seconds);
  const text = `${reportOf(measured)}\n\n\`${record.command}\`: ${describeRecord(record)}`;
  console.log(text);
  publish("sounds", { record, kimg, seed, ...measured }, text);
  const { generated, real, noise, memorisation } = measured;
  const way =
    (noise.frechetDistance - generated.frechetDistance) /
    (noise.frechetDistance - real.frechetDistance);
  return way >= GOAL.way && memorisation.share <= GOAL.copied;
}

function reportOf(measured: SoundMeasurement): string {
  const { real, recovered, generated, noise, memorisation } = measured;
  const sets = Object.entries({
    "real, half against half": real,
    "real, through pictures and back": recovered,
    generated,
    "white noise": noise,
  });
  const rows = sets.map(([name, m]) => [
    name,
    m.count,
    m.frechetDistance.toFixed(2),
    m.kernelDistance.mean.toFixed(3),
    m.precision.toFixed(2),
    m.recall.toFixed(2),
    m.density.toFixed(2),
    m.coverage.toFixed(2),
  ]);
  return [
    table([
      ["", "sounds", "FAD", "kernel distance", "precision", "recall", "density", "coverage"],
      ...rows,
    ]),
    "",
    `${(100 * memorisation.share).toFixed(0)} % of the generated sounds lie nearer to a training sound than 95 % of the real ones do to sounds of other files.`,
  ].join("\n");
}
