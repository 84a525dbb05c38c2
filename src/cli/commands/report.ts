import type { Command } from "commander";
import { GANbox } from "../../box/workspace.ts";
import { showPath } from "../text.ts";

/** `ganbox report`. */
export function configure(command: Command): void {
  command
    .description(
      "Write a page about a run, finished or not: samples over time, curves, metrics, verdicts, configuration. It is one file that needs no other.",
    )
    .argument("<run>", "path of its folder, or its name or number in the workspace")
    .option("--workspace <folder>", "where the run is looked for", ".")
    .option("--out <file>", "the page (default: reports/<run>.html in the workspace)")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox report 12
  $ ganbox report runs/00012-landscapes-r3gan64 --out landscapes.html`,
    )
    .action(
      async (
        run: string,
        { workspace, out }: { readonly workspace: string; readonly out?: string },
      ) => {
        console.log(showPath(await GANbox.at(workspace).report(run, out)));
      },
    );
}
