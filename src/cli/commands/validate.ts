import type { Command } from "commander";
import { GANbox } from "../../box/workspace.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { formatNumber, showPath } from "../text.ts";
import { parseCount } from "../values.ts";

interface Flags {
  readonly workspace: string;
  readonly data?: string;
  readonly samples: number;
  readonly out?: string;
  readonly json?: true;
}

/** `ganbox validate`. */
export function configure(command: Command): void {
  command
    .description(
      "Check a model: that it loads, that its graph and weights are sound, that its pictures are neither blank nor all the same, and that a seed gives the same picture each time. With --data it is measured too. Ends with code 1 if a check fails.",
    )
    .argument(
      "<model>",
      "a model (.onnx, .safetensors or .pkl), a run, or the name of a model of the workspace",
    )
    .option("--data <folder>", "pictures to measure it against: a folder, a .zip or an IDX file")
    .option("--samples <n>", "pictures to generate for that", parseCount, 2000)
    .option("--workspace <folder>", "where names are looked for", ".")
    .option("--out <folder>", "folder of the report (default: reports in the workspace)")
    .option("--json", "print the results as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox validate landscapes-64
  $ ganbox validate runs/00012-landscapes-r3gan64 --data photos/
  $ ganbox validate model.onnx --out checked/`,
    )
    .action(async (model: string, { workspace, data, samples, out, json }: Flags) => {
      const progress = createStages();
      const { report, ...result } = await interruptible((signal) =>
        GANbox.at(workspace).validate(model, {
          signal,
          onProgress: progress.show,
          measure: { samples },
          ...(data === undefined ? {} : { data }),
          ...(out === undefined ? {} : { outputDir: out }),
        }),
      ).finally(progress.close);
      if (json) console.log(JSON.stringify({ ...result, report }, null, 2));
      else {
        for (const { name, ok, seen } of result.checks)
          console.log(`${ok ? "passed" : "FAILED"}  ${name.padEnd(24)}${seen}`);
        const kid = result.metrics?.results.kernelDistance;
        if (kid !== undefined) console.log(`KID     ${formatNumber(kid.mean)}`);
        console.log(`report  ${showPath(report.page)}`);
      }
      if (!result.ok) process.exitCode = 1;
    });
}
