import { resolve } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../../base/errors.ts";
import { type CompareEvent, compareFamilies } from "../../box/compare/compare.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { formatNumber, showPath } from "../text.ts";
import { addTrainFlags, readTrainInput } from "../train-flags.ts";
import { parseCount } from "../values.ts";

interface Flags {
  readonly families: string;
  readonly samples: number;
  readonly features: string;
  readonly config?: string;
  readonly out: string;
  readonly json?: true;
}

/** Flags of training that make no sense for several families. */
const NOT_SHARED = ["family", "from", "freeze"] as const;

/** `ganbox compare`. */
export function configure(command: Command): void {
  command
    .description(
      "Train several families on the same pictures with the same budget and seed, measure them, and write one page: samples, reconstructions, ways between samples, figures with their errors and costs, maps, curves, and what the figures say. docs/compare.md explains it.",
    )
    .argument(
      "[folder]",
      "the pictures (default: those that the configuration or the workspace names)",
    )
    .option("--families <list>", "what to compare", "r3gan,vae,vaegan")
    .option("--samples <n>", "pictures to draw of each family for the figures", parseCount, 5000)
    .option("--features <network>", "feature network, or an ONNX file", "mixed5")
    .option("--config <file>", "file with options of training; flags win over it")
    .option("--out <folder>", "folder of the page and the runs, made if missing", "compare")
    .option("--json", "print the results as JSON instead of a Markdown table");
  addTrainFlags(command);
  for (const option of command.options)
    if ([...NOT_SHARED, "iterations"].includes(option.attributeName())) option.hideHelp();
  command.addHelpText(
    "after",
    `
Ctrl-C finishes the step and writes a checkpoint; the same command goes on from there.

Examples:
  $ ganbox compare photos/ --families r3gan,vae,vaegan --kimg 100
  $ ganbox compare photos/ --families dcgan,fastgan --resolution 32 --held-out 0.1 --out compared/
  $ ganbox compare photos/ > table.md`,
  );
  command.action(async (folder: string | undefined, flags: Flags) => {
    const training = await sharedOptions(command, flags.config);
    const source = folder ?? training.data;
    if (source === undefined) {
      throw new ConfigError(
        "ganbox compare: no pictures are named, expected a folder, as in `ganbox compare photos/`.",
      );
    }
    const progress = createStages();
    const comparison = await interruptible((signal) =>
      compareFamilies(resolve(source), {
        training: training.options,
        families: flags.families.split(",").map((name) => name.trim()),
        samples: flags.samples,
        features: flags.features,
        outputDir: flags.out,
        signal,
        onEvent: (event) => show(event, progress),
      }),
    ).finally(progress.close);
    console.log(flags.json ? JSON.stringify(comparison, null, 2) : comparison.table);
    for (const { topic, text } of comparison.findings) console.error(`${topic}: ${text}`);
    console.error(showPath(comparison.page));
  });
}

/** Options that all families share, and the pictures that a file names. What a file says about one family is for `ganbox train`. */
async function sharedOptions(
  command: Command,
  config: string | undefined,
): Promise<{ readonly options: object; readonly data?: string }> {
  for (const name of NOT_SHARED) {
    if (command.getOptionValueSource(name) !== "cli") continue;
    throw new ConfigError(
      `--${name}: a comparison trains several families from nothing, expected none. Name families with --families.`,
    );
  }
  const { options, data } = await readTrainInput(command, config);
  const { family: _, from: _from, freeze: _freeze, ...shared } = options;
  return { options: shared, ...(data === undefined ? {} : { data }) };
}

/** Shows what happens on the error output: the standard output is for the table. */
function show(event: CompareEvent, progress: ReturnType<typeof createStages>): void {
  const say = (line: string): void => {
    progress.close();
    console.error(line);
  };
  if (event.type === "family") say(`${event.family} (${event.index + 1} of ${event.count})`);
  else if (event.type === "failed") say(`${event.family}: ${event.problem}`);
  else if (event.type === "progress") progress.show(event.stage, event.done, event.total);
  else showTraining(event, say, progress);
}

function showTraining(
  { family, event }: Extract<CompareEvent, { type: "train" }>,
  say: (line: string) => void,
  progress: ReturnType<typeof createStages>,
): void {
  if (event.type === "start") say(showPath(event.run));
  else if (event.type === "prepare") progress.show(event.stage, event.done, event.total);
  else if (event.type === "tick") {
    const [done, total] = [event.kimg, event.totalKimg].map((kimg) => Math.round(1000 * kimg));
    progress.show(`training ${family}: images`, done ?? 0, total ?? 1);
  } else if (event.type === "metric")
    say(`${family} at ${formatNumber(event.kimg)} kimg: KID ${formatNumber(event.kid)}`);
  else if (event.type === "verdict") say(`${family}: ${event.name}: ${event.seen} ${event.advice}`);
  else if (event.type === "warning") say(`${family}: warning: ${event.message}`);
}
