import type { Command } from "commander";
import { loadGenerator, writeImages } from "../../box/pictures.ts";
import type { loadRefined, RefineOptions } from "../../box/refining.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress, createStages } from "../progress.ts";
import { addRefineOptions, type RefineFlags, refineOf } from "../refine-flags.ts";
import { parseCount, parseNumber, parseSeeds } from "../values.ts";

interface Flags extends RefineFlags {
  readonly seeds: string;
  readonly out: string;
  readonly truncation: number;
  readonly centres?: number;
  readonly class?: string;
  readonly grid?: true;
}

/** `ganbox generate`. */
export function configure(command: Command): void {
  command
    .description("Make new pictures. The same seed always gives the same picture.")
    .argument("<model>", "a model (.onnx or .pkl) or the folder of a run")
    .requiredOption("--seeds <list>", "which pictures: seeds and ranges, for example 0-31,40")
    .requiredOption("--out <folder>", "folder for the pictures, made if missing")
    .option(
      "--truncation <psi>",
      "below 1 more typical and more alike, above 1 more unusual",
      parseNumber,
      1,
    )
    .option(
      "--centres <n>",
      "families with styles: truncate towards the nearest of so many centres",
      parseCount,
    )
    .option("--class <name>", "class of all pictures, by name or number (default: by the seed)")
    .option("--grid", "also write all of them as one picture, grid.png")
    .addHelpText(
      "after",
      `
Ctrl-C stops after the picture that is being written; those that are finished stay.

Examples:
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-31 --out pictures/ --grid
  $ ganbox generate model.onnx --seeds 7 --truncation 0.8 --out pictures/
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-31 --refine --out pictures/`,
    )
    .action(async (model: string, flags: Flags) => {
      const { seeds, out, truncation, centres, grid, class: c } = flags;
      const wanted = parseSeeds(seeds);
      const refine = refineOf(flags);
      const generator =
        refine === undefined ? await loadGenerator(model) : await loadRefinedFor(model, refine);
      const progress = createProgress("pictures");
      const paths = await interruptible((signal) =>
        writeImages(generator, {
          seeds: wanted,
          outputDir: out,
          truncationPsi: truncation,
          grid: grid === true,
          ...(c === undefined ? {} : { class: c }),
          ...(centres === undefined ? {} : { centres }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(paths.join("\n"));
    });
  addRefineOptions(command);
}

/** The first time after a checkpoint, the discriminator is calibrated. */
async function loadRefinedFor(
  model: string,
  refine: RefineOptions,
): ReturnType<typeof loadRefined> {
  const refining = await import("../../box/refining.ts");
  const progress = createStages();
  return await refining
    .loadRefined(model, { ...refine, onProgress: progress.show })
    .finally(progress.close);
}
