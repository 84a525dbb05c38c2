import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { CheckpointError, DatasetError } from "../../base/errors.ts";
import { writeWalk } from "../../box/films.ts";
import { loadGenerator, writeSeedGrid } from "../../box/pictures.ts";
import type { TrainOptions } from "../../box/training.ts";
import { follow } from "../follow.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress } from "../progress.ts";
import { createReporter } from "../reporter.ts";
import { showPath } from "../text.ts";

/** The photographs and the ready-made model of the repository. */
const PICTURES = fileURLToPath(new URL("../../../assets/landscapes", import.meta.url));
const MODEL = fileURLToPath(new URL("../../../models/landscapes-64.onnx", import.meta.url));

/** Time given to the training [s]: with what comes before and after, the demo stays well below 5 minutes on 2 cores. */
const TRAIN_SECONDS = 110;

/** Networks narrow enough to show land and sky within the time: about 8,000 images on 2 cores. */
const TRAINING: TrainOptions = {
  resolution: 32,
  widths: [128, 64, 32, 32],
  batch: 16,
  kimg: 8,
  metricKimg: 0,
  learningRate: [5e-4, 1e-4],
  tickSeconds: 2,
};

/** Pictures of a grid. */
const GRID_SEEDS = Array.from({ length: 36 }, (_, seed) => seed);

/** The film: a few pictures that are passed through. */
const WALK = { seeds: [3, 14, 15, 9, 26, 5], seconds: 9, fps: 30, interpolation: "cubic" } as const;

/** `ganbox demo`. */
export function configure(command: Command): void {
  command
    .description(
      "Train on the landscape photographs of the repository for about two minutes, then make pictures with that run and with the ready-made model.",
    )
    .option("--out <folder>", "folder for everything that is made", "demo")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox demo
  $ npm run demo`,
    )
    .action(async ({ out }: { readonly out: string }) => {
      checkAssets();
      const run = await train(join(out, "runs"));
      if (run === undefined) return;
      const own = join(out, "training-grid.png");
      await writeSeedGrid(await loadGenerator(run), own, GRID_SEEDS);
      const ready = await loadGenerator(MODEL);
      const grid = join(out, "landscapes-grid.png");
      await writeSeedGrid(ready, grid, GRID_SEEDS);
      const film = join(out, "landscapes-walk.mp4");
      const progress = createProgress("frames");
      await interruptible((signal) =>
        writeWalk(ready, film, { ...WALK, onProgress: progress.show, signal }),
      ).finally(progress.close);
      console.log(`
Made by the two-minute run:    ${showPath(own)}
Made by the ready-made model:  ${showPath(grid)}
                               ${showPath(film)}
The run can be trained further: ganbox resume ${showPath(run)}`);
    });
}

function checkAssets(): void {
  if (!existsSync(PICTURES)) {
    throw new DatasetError(
      `demo: the landscape photographs are missing (${PICTURES}), expected the whole repository. Clone it, or use \`ganbox train\` with pictures of your own.`,
    );
  }
  if (!existsSync(MODEL)) {
    throw new CheckpointError(
      `demo: the ready-made model is missing (${MODEL}), expected the whole repository. Clone it again.`,
    );
  }
}

/** Trains until the end or until time is up; undefined if it was interrupted. */
async function train(runs: string): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let timeIsUp = false;
  const reporter = createReporter(false);
  const done = await follow({ source: PICTURES, options: TRAINING, runs }, reporter, (handle) => {
    timer = setTimeout(() => {
      timeIsUp = true;
      handle.stop();
    }, TRAIN_SECONDS * 1000);
  });
  clearTimeout(timer);
  if (done !== undefined && (done.complete || timeIsUp)) return done.run;
  process.exitCode = 130;
  return undefined;
}
