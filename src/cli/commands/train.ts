import { resolve } from "node:path";
import type { Command } from "commander";
import { planTraining, type TrainingPlan } from "../../box/training.ts";
import { describeSettings, followToEnd } from "../follow.ts";
import { createReporter } from "../reporter.ts";
import { formatCount, formatDuration, formatNumber } from "../text.ts";
import { addTrainFlags, readTrainOptions } from "../train-flags.ts";

interface Flags {
  readonly config?: string;
  readonly runs: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `ganbox train`. */
export function configure(command: Command): void {
  command
    .description(
      "Train a GAN on a folder of pictures (with sub-folders), a .zip file of them, or an IDX file. What is not given is chosen from the resolution, the number of pictures and this machine.",
    )
    .argument("<folder>", "the pictures")
    .option(
      "--config <file>",
      "JSON file with options, by their names in camelCase; flags win over it",
    )
    .option("--runs <folder>", "folder in which the run gets a folder of its own", "runs")
    .option("--dry-run", "show the whole configuration, measure what the run would cost, and exit")
    .option("--json", "print events as JSON lines");
  addTrainFlags(command);
  command.addHelpText(
    "after",
    `
Ctrl-C finishes the step and writes a checkpoint; \`ganbox resume\` goes on from there.

Examples:
  $ ganbox train photos/
  $ ganbox train photos/ --resolution 128 --kimg 1000 --augment adaptive
  $ ganbox train photos/ --gamma 2,0.2 --widths 256,128,64,32,32
  $ ganbox train photos/ --config recipe.json --dry-run`,
  );
  command.action(async (folder: string, flags: Flags) => {
    const options = readTrainOptions(command, flags.config);
    const source = resolve(folder); // the run may be resumed from elsewhere
    const reporter = createReporter(flags.json === true);
    if (flags.dryRun) {
      const plan = await planTraining(source, options, (event) => reporter.event(event));
      reporter.close();
      printPlan(plan, flags.json === true);
    } else {
      await followToEnd({ source, options, runs: flags.runs }, reporter);
    }
  });
}

function printPlan(plan: TrainingPlan, json: boolean): void {
  const finish = new Date(Date.now() + plan.seconds * 1000);
  if (json) {
    console.log(JSON.stringify({ type: "plan", ...plan, finish: finish.toISOString() }));
    return;
  }
  const { config, parameters, memoryMb, secondsPerKimg, seconds } = plan;
  const { resolution } = config.architecture;
  console.log(JSON.stringify(config, null, 2));
  console.log(`
pictures     ${formatCount(config.data.pictures)} at ${resolution}x${resolution}
settings     ${describeSettings(config)}
weights      ${formatCount(parameters.generator)} generator, ${formatCount(parameters.discriminator)} discriminator
memory       ${formatCount(Math.round(memoryMb))} MB
speed        ${formatNumber(secondsPerKimg)} s per kimg (${formatNumber(1000 / secondsPerKimg)} img/s)
whole run    ${formatNumber(config.kimg)} kimg in ${formatDuration(seconds)}, until ${finish.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}`);
}
