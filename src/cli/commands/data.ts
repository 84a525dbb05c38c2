import { basename, join, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Resolution } from "../../base/size.ts";
import {
  checkData,
  type DataReport,
  type Finding,
  type Prepared,
  prepareData,
} from "../../box/data.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress as createFilmProgress } from "../progress.ts";
import { statusLine } from "../status-line.ts";
import { Terminal } from "../terminal.ts";
import { formatCount, formatDuration, showPath } from "../text.ts";
import { parseResolution } from "../values.ts";

interface CheckFlags {
  readonly resolution: Resolution;
  readonly background?: Rgb;
  readonly clips?: true;
  readonly out?: string;
  readonly json?: true;
}

interface PrepareFlags {
  readonly out: string;
  readonly resolution?: Resolution;
  readonly background?: Rgb;
  readonly near?: true;
  readonly json?: true;
}

type Rgb = readonly [red: number, green: number, blue: number];

/** An option of both commands. */
const BACKGROUND = [
  "--background <colour>",
  "colour behind transparent pictures (default: #ffffff)",
  parseColour,
] as const;

/** Most lines of a list. */
const LISTED = 10;

/** `ganbox data`. */
export function configure(command: Command): void {
  command
    .description(
      "Look at a data set before training on it, and make a clean copy. docs/data.md explains what is found.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox data check photos/ --resolution 128
  $ ganbox data prepare photos/ --out clean/ --near`,
    );
  configureCheck(command.command("check").summary("say what is wrong and what is worth knowing"));
  configurePrepare(command.command("prepare").summary("write a clean copy"));
}

function configureCheck(command: Command): void {
  command
    .description(
      "Read every picture once: bad files, sizes, colours, copies, blank pictures, classes, and whether there are enough. Nothing is changed; a page and JSON are written.",
    )
    .argument("<folder>", "the pictures: a folder, a .zip or an IDX file")
    .option(
      "--resolution <pixels>",
      "size of the pictures that training is to use: a side, or width x height such as 96x64",
      parseResolution,
      64,
    )
    .option(...BACKGROUND)
    .option("--clips", "look at films and animations instead of pictures")
    .option("--out <folder>", "where report.html and report.json go (default: <name>-report)")
    .option("--json", "print the report as JSON; writes files only with --out")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox data check photos/
  $ ganbox data check faces.zip --resolution 256 --out report/
  $ ganbox data check photos/ --json
  $ ganbox data check films/ --clips`,
    )
    .action(async (folder: string, { resolution, background, clips, out, json }: CheckFlags) => {
      if (clips) return await checkClips(folder, json === true);
      const outputDir = out ?? (json ? undefined : reportFolder(folder));
      const progress = createProgress();
      const report = await interruptible((signal) =>
        checkData(folder, {
          resolution,
          signal,
          onProgress: progress.show,
          ...(background === undefined ? {} : { background }),
          ...(outputDir === undefined ? {} : { outputDir }),
        }),
      ).finally(progress.close);
      if (json) return console.log(JSON.stringify(report, null, 2));
      printReport(new Terminal(process.stdout), report);
      if (outputDir !== undefined)
        console.log(`\nreport: ${showPath(resolve(outputDir, "report.html"))}`);
    });
}

/** Prints what training can make of films. */
async function checkClips(folder: string, json: boolean): Promise<void> {
  const { clipReportLines, examineClips } = await import("../../box/clips.ts");
  const progress = createFilmProgress("films");
  const report = await interruptible((signal) =>
    examineClips(folder, { signal, onProgress: progress.show }),
  ).finally(progress.close);
  console.log(json ? JSON.stringify(report, null, 2) : clipReportLines(report).join("\n"));
}

function configurePrepare(command: Command): void {
  command
    .description(
      "Write a clean copy: upright 8-bit sRGB PNGs without alpha, with their classes. Files that cannot be used, damaged and blank pictures and exact copies are left out.",
    )
    .argument("<folder>", "the pictures: a folder, a .zip or an IDX file")
    .requiredOption("--out <folder>", "where the copy goes: a new or empty folder")
    .option(
      "--resolution <pixels>",
      "take the middle at this size (a side, or width x height such as 96x64), leave out smaller pictures (default: whole pictures)",
      parseResolution,
    )
    .option(...BACKGROUND)
    .option("--near", "leave out near copies too")
    .option("--json", "print what was done as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox data prepare photos/ --out clean/
  $ ganbox data prepare photos/ --out clean256/ --resolution 256 --near`,
    )
    .action(async (folder: string, { out, resolution, background, near, json }: PrepareFlags) => {
      const progress = createProgress();
      const prepared = await interruptible((signal) =>
        prepareData(folder, out, {
          near: near === true,
          signal,
          onProgress: progress.show,
          ...(background === undefined ? {} : { background }),
          ...(resolution === undefined ? {} : { resolution }),
        }),
      ).finally(progress.close);
      console.log(json ? JSON.stringify(prepared, null, 2) : describePrepared(prepared));
    });
}

/** `#ff8000` as red, green and blue. */
function parseColour(text: string): Rgb {
  const [, red, green, blue] = /^#(..)(..)(..)$/.exec(text) ?? [];
  const colour = [red, green, blue].map((part) => Number(`0x${part}`));
  if (colour.some(Number.isNaN)) throw new InvalidArgumentError("Expected a colour like #ffffff.");
  return colour as unknown as Rgb;
}

/** `photos-report` in the current folder. */
function reportFolder(source: string): string {
  return join(process.cwd(), `${basename(resolve(source)) || "data"}-report`);
}

/** A progress bar that begins anew with each stage and says how long the stage will still take. */
function createProgress(): {
  readonly show: (stage: string, done: number, total: number) => void;
  readonly close: () => void;
} {
  const terminal = new Terminal(process.stderr);
  let stage = "";
  let begin = 0;
  let shown = 0;
  return {
    show: (next, done, total) => {
      const now = performance.now();
      if (next !== stage) [stage, begin, shown] = [next, now, 0];
      if (now - shown < 100 && done < total) return;
      shown = now;
      const rate = (1000 * done) / (now - begin);
      const fields =
        total === 1
          ? [`${stage} ...`]
          : [
              `${stage} ${formatCount(done)}/${formatCount(total)}`,
              `ETA ${formatDuration((total - done) / rate)}`,
              `${Math.round(rate)}/s`,
            ];
      terminal.status(statusLine(done / total, fields, terminal.columns));
    },
    close: () => terminal.status(""),
  };
}

function printReport(terminal: Terminal, report: DataReport): void {
  for (const line of [...overview(report), ""]) terminal.print(line);
  const marks = { problem: "!!", warning: " !", note: " -" } as const;
  for (const { severity, text, action } of report.findings) {
    const mark = `${marks[severity]} `;
    terminal.print(
      severity === "note" ? `${mark}${text}` : terminal.style(styleOf(severity), `${mark}${text}`),
    );
    terminal.print(terminal.style("dim", `   ${action}`));
  }
  if (report.findings.length === 0) terminal.print("nothing to complain about");
  terminal.print("");
  for (const { family, verdict, text } of report.advice)
    terminal.print(`${family.padEnd(45)} ${verdict.padEnd(8)} ${text}`);
}

function styleOf(severity: Finding["severity"]): "bold" | "yellow" {
  return severity === "problem" ? "bold" : "yellow";
}

function overview(report: DataReport): string[] {
  const { source, files, readable, distinct, sizes, storage, classes, seconds } = report;
  const listed = (counts: readonly { name: string; count: number }[]): string => {
    const more = counts.length > LISTED ? ` and ${counts.length - LISTED} more` : "";
    const named = counts.slice(0, LISTED).map(({ name, count }) => `${name} ${formatCount(count)}`);
    return `${named.join(", ")}${more}`;
  };
  const lines = [
    `${showPath(source)}: ${formatCount(files)} pictures, ${formatCount(readable)} readable, ${formatCount(distinct)} distinct (${formatDuration(seconds)}, ${Math.round(files / seconds)}/s)`,
  ];
  const [common] = sizes?.common ?? [];
  if (sizes !== null && common !== undefined) {
    lines.push(
      `sizes    shorter side ${sizes.shortest} to ${sizes.longest}, median ${sizes.median}; most frequent ${common.width}x${common.height} (${formatCount(common.count)})`,
    );
  }
  lines.push(`formats  ${listed(storage.formats) || "none"}`);
  if (classes !== null)
    lines.push(
      `classes  ${formatCount(classes.counts.length)} from ${classes.from}: ${listed(classes.counts)}`,
    );
  return lines;
}

function describePrepared({ folder, pictures, leftOut }: Prepared): string {
  const shown = leftOut
    .slice(0, LISTED)
    .map(({ file, why, detail }) => `  ${file}: ${why} (${detail})`);
  const more =
    leftOut.length > LISTED ? [`  and ${formatCount(leftOut.length - LISTED)} more`] : [];
  return [
    `${showPath(folder)}: ${formatCount(pictures)} pictures; ${formatCount(leftOut.length)} left out${leftOut.length > 0 ? ", prepared.json names them all" : ""}`,
    ...shown,
    ...more,
  ].join("\n");
}
