import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { GAN, type GANOptions } from "../../src/box/gan.ts";
import { GANbox } from "../../src/box/ganbox.ts";
import { RunFolder } from "../../src/train/run-folder.node.ts";

/** A trained run of an experiment. */
export interface FinishedRun {
  /** Folder of the run. */
  readonly path: string;
  /** Threads that it was trained with. */
  readonly threads: number;
  /** Training time over all sessions [s]. */
  readonly seconds: number;
}

const RUNS = resolve(import.meta.dirname, "../../.cache/suite");

/**
 * Trains a GAN as a user would, or goes on with a run of the same name that was interrupted, or takes one that is finished.
 *
 * @param name Of the experiment and its seed; a folder in the git-ignored `.cache/suite/`.
 * @param source Pictures to train on.
 */
export async function trainRun(
  name: string,
  source: string,
  options: GANOptions,
): Promise<FinishedRun> {
  const runs = join(RUNS, name);
  const [earlier] = existsSync(runs) ? readdirSync(runs) : [];
  const gan = new GAN(options);
  const events =
    earlier === undefined
      ? gan.train(await GANbox.open(source, { runs }))
      : gan.resume(join(runs, earlier));
  let seconds = 0;
  for await (const event of events) {
    if (event.type === "tick") {
      const { kimg, totalKimg, imagesPerSecond, etaSeconds, lossD, lossG } = event;
      console.log(
        `${name}: ${kimg.toFixed(1)} of ${totalKimg} kimg, ${imagesPerSecond.toFixed(0)} img/s, loss D ${lossD?.toFixed(2)} G ${lossG.toFixed(2)}, ${(etaSeconds / 60).toFixed(0)} min left`,
      );
    } else if (event.type === "done") seconds = event.seconds;
    else if (event.type === "warning") console.warn(`${name}: ${event.message}`);
  }
  const path = gan.run as string;
  return { path, threads: RunFolder.open(path).config.threads, seconds };
}
