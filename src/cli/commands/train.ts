import { resolve } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../../base/errors.ts";
import { formatSize } from "../../base/size.ts";
import { planTraining, type TrainingPlan } from "../../box/training.ts";
import { nounsOf } from "../../box/workspace.ts";
import { describeSettings, followToEnd } from "../follow.ts";
import { createReporter } from "../reporter.ts";
import { formatCount, formatDuration, formatNumber, showPath } from "../text.ts";
import { addTrainFlags, readTrainInput } from "../train-flags.ts";

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
    .argument(
      "[folder]",
      "the pictures (default: those that the configuration or the workspace names)",
    )
    .option(
      "--config <file>",
      "file with options, by their names in camelCase: .json, .ts, .mts, .js or .mjs; flags win over it (default: ganbox.config.* in the current folder)",
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
  $ ganbox train posters/ --resolution 64x96
  $ ganbox train photos/ --from network.pkl --freeze 2
  $ ganbox train photos/ --gamma 2,0.2 --widths 256,128,64,32,32
  $ ganbox train photos/ --config recipe.json --dry-run
  $ ganbox train`,
  );
  command.action(async (folder: string | undefined, flags: Flags) => {
    const { options, data, file } = await readTrainInput(command, flags.config);
    const source = sourceOf(folder ?? data);
    const reporter = createReporter(flags.json === true);
    if (file !== undefined) reporter.note(`Options from ${showPath(file)}.`);
    if (flags.dryRun) {
      const plan = await planTraining(source, options, (event) => reporter.event(event));
      reporter.close();
      printPlan(plan, flags.json === true);
    } else {
      await followToEnd({ source, options, runs: flags.runs }, reporter);
    }
  });
}

/** Absolute path of the pictures: the run may be resumed from elsewhere. */
function sourceOf(path: string | undefined): string {
  if (path !== undefined) return resolve(path);
  throw new ConfigError(
    "ganbox train: no pictures are named, expected a folder, as in `ganbox train photos/`. In a workspace, `ganbox init` writes a configuration that names them.",
  );
}

function printPlan(plan: TrainingPlan, json: boolean): void {
  const finish = new Date(Date.now() + plan.seconds * 1000);
  if (json) {
    console.log(JSON.stringify({ type: "plan", ...plan, finish: finish.toISOString() }));
    return;
  }
  const { config, parameters, memoryMb, secondsPerKimg, seconds } = plan;
  const { many, speed } = nounsOf(config.architecture.family);
  console.log(JSON.stringify(config, null, 2));
  console.log(`
${many.padEnd(13)}${formatCount(config.data.pictures)} at ${formatSize(config.architecture)}
settings     ${describeSettings(config)}
weights      ${formatCount(parameters.generator)} generator, ${formatCount(parameters.discriminator)} discriminator
memory       ${formatCount(Math.round(memoryMb))} MB
speed        ${formatNumber(secondsPerKimg)} s per kimg (${formatNumber(1000 / secondsPerKimg)} ${speed})
whole run    ${formatNumber(config.kimg)} kimg in ${formatDuration(seconds)}, until ${finish.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })}${besideIt(config)}`);
}

/** What the run does that was not measured. */
function besideIt({ kimg, metricKimg }: TrainingPlan["config"]): string {
  const times = metricKimg > 0 ? Math.ceil(kimg / metricKimg) : 0;
  return times === 0
    ? ""
    : `\nnot counted  the quick metric, ${formatCount(times)} times: its process has a low priority, but takes time from the steps where they need all cores`;
}
