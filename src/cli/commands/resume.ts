import type { Command } from "commander";
import { followToEnd } from "../follow.ts";
import { createReporter } from "../reporter.ts";

/** `ganbox resume`. */
export function configure(command: Command): void {
  command
    .description(
      "Go on with a run that was stopped, from its newest checkpoint. On the same machine the result is the same to the bit as if it had never been stopped.",
    )
    .argument("<run>", "folder of the run")
    .option("--json", "print events as JSON lines")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox resume runs/00000-photos-r3gan64`,
    )
    .action(async (run: string, flags: { readonly json?: true }) => {
      await followToEnd({ resume: run }, createReporter(flags.json === true));
    });
}
