import type { Command } from "commander";
import { ConfigError } from "../../base/errors.ts";
import { formatSize, sizeOfResolution } from "../../base/size.ts";
import {
  curvesCsv,
  GANbox,
  nounsOf,
  type RunRecord,
  readRun,
  shortBytes,
} from "../../box/workspace.ts";
import { formatAge, formatCount, formatDuration, formatNumber, showPath } from "../text.ts";

interface Flags {
  readonly workspace: string;
  readonly json?: true;
  readonly csv?: true;
}

/** `ganbox show`. */
export function configure(command: Command): void {
  command
    .description(
      "Show a run: its state, last figures, best snapshot, verdicts, configuration and files.",
    )
    .argument("<run>", "path of its folder, or its name or number in the workspace")
    .option("--workspace <folder>", "where the run is looked for", ".")
    .option("--json", "print all of it as JSON")
    .option("--csv", "print its curves as a table: losses, logits, speed, metrics")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox show 12
  $ ganbox show runs/00012-landscapes-r3gan64 --json
  $ ganbox show 12 --csv > curves.csv`,
    )
    .action((run: string, { workspace, json, csv }: Flags) => {
      if (json && csv) {
        throw new ConfigError(
          "ganbox show: got --json and --csv, expected one of them: JSON for all of the run, CSV for its curves.",
        );
      }
      const record = readRun(GANbox.at(workspace).findRun(run));
      if (csv) process.stdout.write(curvesCsv(record));
      else console.log(json ? JSON.stringify(plain(record), null, 2) : describe(record));
    });
}

/** A run without the figures of every tick: those are in stats.jsonl. */
function plain({ ticks, start, samples, ...record }: RunRecord): object {
  return {
    ...record,
    parameters: start?.parameters,
    lastTick: ticks.at(-1),
    samples: samples.map(({ path }) => path),
  };
}

function describe(record: RunRecord): string {
  const { summary, start, ticks, metrics, verdicts, warnings, damagedLines, files } = record;
  const [tick, metric] = [ticks.at(-1), metrics.at(-1)];
  const { best } = summary;
  const nouns = nounsOf(summary.family ?? "");
  const number = (value: unknown): string =>
    typeof value === "number" ? formatNumber(value) : "not finite";
  const rows: [string, string | undefined][] = [
    ["run", showPath(summary.path)],
    [
      "state",
      `${summary.state}${whoTrains(summary)}, last written ${formatAge(summary.updated)} ago`,
    ],
    ["problem", summary.problem],
    [
      "model",
      summary.family &&
        `${summary.family} at ${formatSize(sizeOfResolution(summary.resolution ?? 0))}`,
    ],
    [
      "data",
      summary.source &&
        `${formatCount(summary.pictures ?? 0)} ${nouns.many}, ${showPath(summary.source)}`,
    ],
    [
      "weights",
      start?.parameters &&
        Object.entries(start.parameters)
          .map(([network, count]) => `${formatCount(count)} ${network}`)
          .join(", "),
    ],
    [
      "position",
      summary.totalKimg === undefined
        ? undefined
        : `${formatNumber(summary.kimg)} of ${formatNumber(summary.totalKimg)} kimg${tick === undefined ? "" : `, ${formatDuration(tick.seconds)} of training, ${number(tick.imagesPerSecond)} ${nouns.speed}`}`,
    ],
    [
      "losses",
      some([
        ["G", tick?.lossG],
        ["D", tick?.lossD],
        ["E", tick?.lossE],
        ["reconstruction", tick?.reconstruction],
        ["divergence", tick?.divergence],
      ]),
    ],
    [
      "logits",
      some([
        ["real", tick?.realLogit],
        ["generated", tick?.fakeLogit],
      ]),
    ],
    [
      "quality",
      metric &&
        `KID ${number(metric.kid)}, diversity ${number(metric.diversity)}${metric.memorised === undefined ? "" : `, memorised ${number(100 * metric.memorised)} %`}, at ${number(metric.kimg)} kimg`,
    ],
    [
      "best",
      best &&
        `KID ${number(best.kid)}, at ${number(best.kimg)} kimg: ${showPath(`${summary.path}/model/best.onnx`)}`,
    ],
    [
      "damaged",
      damagedLines === 0 ? undefined : `${damagedLines} lines of stats.jsonl were left out`,
    ],
  ];
  return [
    ...rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(10)}${value}`])),
    ...verdicts.map(({ name, seen, advice }) => `${name}: ${seen} ${advice}`),
    ...warnings.slice(-5).map(({ message }) => `warning: ${message}`),
    ...(record.config === undefined ? [] : ["", "configuration", ...configuration(record.config)]),
    "",
    `files, ${shortBytes(summary.bytes)}`,
    ...files.map(({ name, bytes }) => `  ${shortBytes(bytes).padStart(8)}  ${name}`),
  ].join("\n");
}

function whoTrains({ trainer }: RunRecord["summary"]): string {
  if (trainer === undefined) return "";
  const { pid, host, time } = trainer;
  return ` for ${formatAge(time)} (process ${pid} on ${host})`;
}

/** Figures with their names; those that a family does not have are left out. */
function some(
  figures: readonly (readonly [string, number | null | undefined])[],
): string | undefined {
  const present = figures.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value === null ? "not finite" : formatNumber(value)}`],
  );
  return present.length === 0 ? undefined : present.join(", ");
}

/** One line an option; those within another one are indented. */
function configuration(config: object, indent = "  "): string[] {
  return Object.entries(config).flatMap(([name, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? [`${indent}${name}`, ...configuration(value, `${indent}  `)]
      : [`${indent}${name.padEnd(18)} ${Array.isArray(value) ? value.join(", ") : value}`],
  );
}
