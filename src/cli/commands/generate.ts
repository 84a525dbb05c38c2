import type { Command } from "commander";
import { ConfigError } from "../../base/errors.ts";
import { loadGenerator, writeImages, writeLatents, writeSamples } from "../../box/pictures.ts";
import type { loadRefined, RefineOptions } from "../../box/refining.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress, createStages } from "../progress.ts";
import { addRefineOptions, type RefineFlags, refineOf } from "../refine-flags.ts";
import { addUpscaleOption, type UpscaleFlags } from "../upscale-flag.ts";
import { parseCount, parseNumber, parseSeeds } from "../values.ts";
import {
  addVideoOptions,
  checkNoVideoFlags,
  generateVideo,
  type VideoFlags,
} from "../video-flags.ts";

interface Flags extends RefineFlags, UpscaleFlags, VideoFlags {
  readonly seeds?: string;
  readonly out?: string;
  readonly npz?: string;
  readonly csv?: string;
  readonly truncation: number;
  readonly centres?: number;
  readonly class?: string;
  readonly grid?: true;
}

/** `ganbox generate`. */
export function configure(command: Command): void {
  command
    .description("Make new pictures, or a film. The same seed always gives the same ones.")
    .argument("<model>", "a model (.onnx, .safetensors or .pkl) or the folder of a run")
    .option(
      "--seeds <list>",
      "which pictures: seeds and ranges, for example 0-31,40; films of several are shown side by side",
    )
    .option("--out <folder>", "folder for the pictures, made if missing")
    .option(
      "--npz <file>",
      "write pictures, seeds, z, w and classes as arrays for NumPy; with or without --out",
    )
    .option("--csv <file>", "write seeds, classes and z as a table; with or without --out")
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
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-31 --refine --out pictures/
  $ ganbox generate model.onnx --seeds 7 --upscale 4 --out pictures/
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-999 --npz samples.npz
  $ ganbox generate runs/00000-clips-video64 --video --seconds 10 --out film.mp4
  $ ganbox generate runs/00000-clips-video64 --video --loop --seconds 3 --seeds 0-15 --out films.gif --fps 25
  $ ganbox generate runs/00000-clips-video64 --video --continue clip.mp4 --out more.mp4`,
    )
    .action(async (model: string, flags: Flags) => {
      if (flags.video && flags.upscale !== undefined) {
        throw new ConfigError(
          "--upscale: films are not made with it, expected --size for their size. Leave --upscale out.",
        );
      }
      if (flags.video) return await generateVideo(model, flags);
      checkNoVideoFlags(flags);
      const { out, truncation, centres, grid, upscale, npz, csv, class: c } = flags;
      if (flags.seeds === undefined) {
        throw new ConfigError(
          "ganbox generate: no seeds are named, expected --seeds such as 0-31. Add it.",
        );
      }
      const seeds = parseSeeds(flags.seeds);
      checkTargets(flags);
      const refine = refineOf(flags);
      const generator =
        refine === undefined ? await loadGenerator(model) : await loadRefinedFor(model, refine);
      const progress = createProgress("pictures");
      const paths = await interruptible(async (signal) => {
        const options = {
          seeds,
          truncationPsi: truncation,
          ...(c === undefined ? {} : { class: c }),
          ...(centres === undefined ? {} : { centres }),
          onProgress: progress.show,
          signal,
        };
        const pictures = {
          ...options,
          outputDir: out ?? "",
          grid: grid === true,
          ...(upscale === undefined ? {} : { upscale }),
        };
        return [
          ...(out === undefined ? [] : await writeImages(generator, pictures)),
          ...(npz === undefined ? [] : [await writeSamples(generator, npz, options)]),
          ...(csv === undefined ? [] : [await writeLatents(generator, csv, options)]),
        ];
      }).finally(progress.close);
      console.log(paths.join("\n"));
    });
  addUpscaleOption(command);
  addVideoOptions(command);
  addRefineOptions(command);
}

/** @throws {ConfigError} if there is nothing to write to, or nothing that a flag is about. */
function checkTargets({ out, npz, csv, grid, upscale }: Flags): void {
  if (grid && out === undefined) {
    throw new ConfigError(
      "--grid: there is no folder to write it to, expected --out. Add it, or leave --grid out.",
    );
  }
  if (upscale !== undefined && out === undefined) {
    throw new ConfigError(
      "--upscale: only pictures become larger, expected --out with a folder for them. Add it, or leave --upscale out.",
    );
  }
  if (out === undefined && npz === undefined && csv === undefined) {
    throw new ConfigError(
      "ganbox generate: there is nothing to write to, expected --out with a folder for pictures, --npz with a file for arrays, or --csv with one for a table.",
    );
  }
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
