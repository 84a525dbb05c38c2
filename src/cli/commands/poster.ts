import type { Command } from "commander";
import { makePoster, readCredits } from "../../box/poster.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { addUpscaleOption, type UpscaleFlags } from "../upscale-flag.ts";
import { parseCount, parseNumber } from "../values.ts";

interface Flags extends UpscaleFlags {
  readonly model: string;
  readonly title: string;
  readonly tagline?: string;
  readonly credits?: string;
  readonly size: string;
  readonly dpi: number;
  readonly seed: number;
  readonly candidates: number;
  readonly pick?: number;
  readonly sheet?: string;
  readonly font?: string;
  readonly truncation?: number;
  readonly class?: string;
  readonly out: string;
}

/** `ganbox poster`. */
export function configure(command: Command): void {
  command
    .description("Make a film poster: pictures of a model, composed, and set with a title.")
    .requiredOption("--model <path>", "a model (.onnx) or the folder of a run")
    .requiredOption("--title <text>", "title of the film")
    .requiredOption("--out <file>", "poster to write: .png or .pdf")
    .option("--tagline <text>", "a line about the film")
    .option("--credits <file>", "text file with a credit a line, such as `directed by: Ada Lind`")
    .option("--size <size>", "27x40in, 50x70cm, A3, or pixels: 1080x1620", "27x40in")
    .option("--dpi <n>", "dots per inch", parseNumber, 300)
    .option("--seed <n>", "the same seed makes the same poster", parseNumber, 0)
    .option("--candidates <n>", "compositions to choose from", parseCount, 12)
    .option("--sheet <file>", "also show all compositions with their numbers, best first")
    .option("--pick <n>", "print the composition of this number (default: the best)", parseCount)
    .option("--font <file>", "font for all texts, for example for other scripts: .ttf or .otf")
    .option(
      "--truncation <psi>",
      "below 1 more typical pictures, above 1 more unusual",
      parseNumber,
    )
    .option("--class <name>", "class of the pictures, by name or number (default: by the seed)")
    .addHelpText(
      "after",
      `
Ctrl-C gives the poster up and leaves nothing of it.

Examples:
  $ ganbox poster --model runs/00000-photos-r3gan64 --title "The Long Way Home" --credits credits.txt --out poster.pdf
  $ ganbox poster --model model.onnx --title Nachtlicht --size 1080x1620 --seed 4 --sheet sheet.png --out poster.png
  $ ganbox poster --model model.onnx --title Nachtlicht --size A3 --seed 4 --pick 7 --out poster.png`,
    )
    .action(async (flags: Flags) => {
      const { credits, truncation, ...rest } = flags;
      const progress = createStages();
      const poster = await interruptible((signal) =>
        makePoster({
          ...rest,
          ...(credits === undefined ? {} : { credits: readCredits(credits) }),
          ...(truncation === undefined ? {} : { truncationPsi: truncation }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      for (const file of [poster.sheet, poster.path]) if (file !== undefined) console.log(file);
    });
  addUpscaleOption(command);
}
