import type { Command } from "commander";
import { loadGenerator, writeImages } from "../../box/pictures.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress } from "../progress.ts";
import { parseNumber, parseSeeds } from "../values.ts";

interface Flags {
  readonly seeds: string;
  readonly out: string;
  readonly truncation: number;
  readonly class?: string;
  readonly grid?: true;
}

/** `ganbox generate`. */
export function configure(command: Command): void {
  command
    .description("Make new pictures. The same seed always gives the same picture.")
    .argument("<model>", "a model (.onnx) or the folder of a run")
    .requiredOption("--seeds <list>", "which pictures: seeds and ranges, for example 0-31,40")
    .requiredOption("--out <folder>", "folder for the pictures, made if missing")
    .option(
      "--truncation <psi>",
      "below 1 more typical and more alike, above 1 more unusual",
      parseNumber,
      1,
    )
    .option("--class <name>", "class of all pictures, by name or number (default: by the seed)")
    .option("--grid", "also write all of them as one picture, grid.png")
    .addHelpText(
      "after",
      `
Ctrl-C stops after the picture that is being written; those that are finished stay.

Examples:
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-31 --out pictures/ --grid
  $ ganbox generate model.onnx --seeds 7 --truncation 0.8 --out pictures/`,
    )
    .action(async (model: string, { seeds, out, truncation, grid, class: c }: Flags) => {
      const wanted = parseSeeds(seeds);
      const generator = await loadGenerator(model);
      const progress = createProgress("pictures");
      const paths = await interruptible((signal) =>
        writeImages(generator, {
          seeds: wanted,
          outputDir: out,
          truncationPsi: truncation,
          grid: grid === true,
          ...(c === undefined ? {} : { class: c }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(paths.join("\n"));
    });
}
