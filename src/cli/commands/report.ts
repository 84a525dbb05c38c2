import type { Command } from "commander";
import { GANbox } from "../../box/workspace.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { showPath } from "../text.ts";

interface Flags {
  readonly workspace: string;
  readonly out?: string;
  readonly plots?: string;
}

/** `ganbox report`. */
export function configure(command: Command): void {
  command
    .description(
      "Write a page about a run, finished or not: samples over time, curves, metrics, verdicts, configuration. It is one file that needs no other.",
    )
    .argument("<run>", "path of its folder, or its name or number in the workspace")
    .option("--workspace <folder>", "where the run is looked for", ".")
    .option("--out <file>", "the page (default: reports/<run>.html in the workspace)")
    .option(
      "--plots <folder>",
      "also write its curves and maps of features (SVG and PNG), newest samples and a film of all samples as files",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox report 12
  $ ganbox report runs/00012-landscapes-r3gan64 --out landscapes.html
  $ ganbox report 12 --plots figures/`,
    )
    .action(async (run: string, { workspace, out, plots }: Flags) => {
      const box = GANbox.at(workspace);
      console.log(showPath(await box.report(run, out)));
      if (plots === undefined) return;
      const progress = createStages();
      const { files, notes } = await interruptible((signal) =>
        box.plots(run, plots, { signal, onProgress: progress.show }),
      ).finally(progress.close);
      for (const file of files) console.log(showPath(file));
      for (const note of notes) console.error(note);
    });
}
