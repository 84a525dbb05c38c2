import { type Command, Option } from "commander";
import { INTERPOLATIONS, type Interpolation, writeWalk } from "../../box/films.ts";
import { loadGenerator } from "../../box/pictures.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress } from "../progress.ts";
import { parseCount, parseNumber, parseSeeds } from "../values.ts";

interface Flags {
  readonly seeds: string;
  readonly out: string;
  readonly seconds: number;
  readonly fps: number;
  readonly interpolation: Interpolation;
  readonly size?: number;
  readonly truncation: number;
  readonly centres?: number;
  readonly class?: string;
}

/** `ganbox walk`. */
export function configure(command: Command): void {
  command
    .description("Make a film that changes from picture to picture and loops without a seam.")
    .argument("<model>", "a model (.onnx, .safetensors or .pkl) or the folder of a run")
    .requiredOption("--seeds <list>", "the pictures on the way, at least two, for example 1,5,9")
    .requiredOption("--out <file>", "film to write: .mp4, .webm or .gif")
    .option("--seconds <n>", "length of the film", parseNumber, 8)
    .option("--fps <n>", "frames a second", parseNumber, 30)
    .addOption(
      new Option(
        "--interpolation <kind>",
        "straight from picture to picture, or along a smooth curve",
      )
        .choices([...INTERPOLATIONS])
        .default(INTERPOLATIONS[0]),
    )
    .option(
      "--size <pixels>",
      "shorter side of the film (default: the model's, enlarged to 256 or more)",
      parseCount,
    )
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
    .option(
      "--class <name>",
      "class of all pictures, by name or number (default: the first seed's)",
    )
    .addHelpText(
      "after",
      `
Ctrl-C gives the film up and leaves nothing of it.

Examples:
  $ ganbox walk runs/00000-photos-r3gan64 --seeds 1,5,9 --out walk.mp4
  $ ganbox walk model.onnx --seeds 0-7 --seconds 20 --interpolation cubic --out walk.gif --fps 25`,
    )
    .action(async (model: string, flags: Flags) => {
      const {
        seeds,
        out,
        seconds,
        fps,
        interpolation,
        size,
        truncation,
        centres,
        class: c,
      } = flags;
      const wanted = parseSeeds(seeds);
      const generator = await loadGenerator(model);
      const progress = createProgress("frames");
      const path = await interruptible((signal) =>
        writeWalk(generator, out, {
          seeds: wanted,
          seconds,
          fps,
          interpolation,
          truncationPsi: truncation,
          ...(size === undefined ? {} : { size }),
          ...(centres === undefined ? {} : { centres }),
          ...(c === undefined ? {} : { class: c }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(path);
    });
}
