import type { Command } from "commander";
import { loadAutoencoder, writeReconstructions } from "../../box/autoencoding.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress } from "../progress.ts";

interface Flags {
  readonly out: string;
  readonly class?: string;
}

/** `ganbox reconstruct`. */
export function configure(command: Command): void {
  command
    .description(
      "Show what an autoencoder keeps of real pictures: encodes each and draws it again from its code.",
    )
    .argument("<run>", "the folder of a run of the family vae or vaegan")
    .argument(
      "<pictures...>",
      "picture files; of each the middle is taken, in the shape of the model",
    )
    .requiredOption("--out <folder>", "folder for the pictures, made if missing")
    .option("--class <name>", "class of the pictures, by name or number, for models with classes")
    .addHelpText(
      "after",
      `
Writes each reconstruction, and grid.png with the originals above their reconstructions.
Ctrl-C stops after the picture that is being written; those that are finished stay.

Examples:
  $ ganbox reconstruct runs/00000-photos-vae64 photos/*.jpg --out reconstructed/`,
    )
    .action(async (run: string, pictures: string[], { out, class: c }: Flags) => {
      const autoencoder = await loadAutoencoder(run);
      const progress = createProgress("pictures");
      const paths = await interruptible((signal) =>
        writeReconstructions(autoencoder, {
          pictures,
          outputDir: out,
          ...(c === undefined ? {} : { class: c }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(paths.join("\n"));
    });
}
