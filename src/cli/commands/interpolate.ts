import type { Command } from "commander";
import { loadAutoencoder, writeInterpolation } from "../../box/autoencoding.ts";
import { interruptible } from "../interrupt.ts";
import { parseCount } from "../values.ts";

interface Flags {
  readonly out: string;
  readonly steps: number;
  readonly class?: string;
}

/** `ganbox interpolate`. */
export function configure(command: Command): void {
  command
    .description("Go from one real picture to another through the codes of an autoencoder.")
    .argument("<run>", "the folder of a run of the family vae or vaegan")
    .argument("<from>", "a picture file; its middle is taken, in the shape of the model")
    .argument("<to>", "another one")
    .requiredOption("--out <file>", "picture to write, all steps side by side: .png, .jpg or .webp")
    .option("--steps <n>", "pictures on the way, both ends included", parseCount, 9)
    .option("--class <name>", "class of the pictures, by name or number, for models with classes")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox interpolate runs/00000-photos-vae64 a.jpg b.jpg --steps 9 --out strip.png`,
    )
    .action(async (run: string, from: string, to: string, { out, steps, class: c }: Flags) => {
      const autoencoder = await loadAutoencoder(run);
      const path = await interruptible((signal) =>
        writeInterpolation(autoencoder, out, {
          pictures: [from, to],
          steps,
          ...(c === undefined ? {} : { class: c }),
          signal,
        }),
      );
      console.log(path);
    });
}
