import { resolve } from "node:path";
import { sizeOfResolution } from "../../base/size.ts";
import {
  escapeHtml,
  htmlCharts,
  htmlFacts,
  htmlNotice,
  htmlPage,
  htmlSection,
  htmlTable,
  type Tone,
} from "../../media/page.ts";
import { describeSize, nounsOf, type Shape } from "../../models/words.ts";
import { writeFileAtomically } from "../workspace/files.ts";
import { type RunRecord, readRun } from "../workspace/run-record.ts";
import { FILM_SCRIPT, filmStrip } from "./film-strip.ts";
import { shortBytes, shortNumber, shortTime } from "./numbers.ts";
import { rollSize } from "./roll-size.ts";
import { runCharts } from "./run-charts.ts";

/** Snapshots that the table of metrics shows, newest last. */
const METRIC_ROWS = 40;

/** Warnings that are shown, newest last. */
const WARNINGS = 12;

/**
 * Writes a page about a run, finished, running or half made: its state, verdicts, samples over time, curves, metrics, configuration and card. It is one
 * file that needs no other.
 *
 * @param run Folder of the run.
 * @param out The page.
 * @returns Its absolute path.
 * @throws {CheckpointError} if there is no such folder.
 * @throws {MediaError} if the page cannot be written.
 */
export async function writeRunReport(run: string, out: string): Promise<string> {
  const record = readRun(run);
  writeFileAtomically(out, await runReport(record));
  return resolve(out);
}

async function runReport(record: RunRecord): Promise<string> {
  const { summary } = record;
  const shape = shapeOf(record);
  const cell = shape && rollSize(shape);
  const film = await filmStrip(record.samples, cell);
  const { quality, training } = runCharts(record);
  const parts = [
    htmlFacts(facts(record)),
    notices(record),
    film === undefined
      ? ""
      : htmlSection(
          "Samples",
          film,
          `The same seeds at each position${cell === undefined ? "" : ", the first of each grid"}.`,
        ),
    quality.length === 0 ? "" : htmlSection("Quality", htmlCharts(quality)),
    training.length === 0 ? "" : htmlSection("Training", htmlCharts(training)),
    record.metrics.length === 0 ? "" : htmlSection("Snapshots", metricTable(record)),
    htmlSection("Details", details(record)),
    `<footer>Written by Ganbox on ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC from ${escapeHtml(summary.path)}</footer>`,
  ];
  return htmlPage({
    kind: "training run",
    title: summary.name,
    ...(shape === undefined
      ? {}
      : {
          subtitle: `${shape.family}, ${describeSize(shape)}, trained on ${summary.pictures?.toLocaleString("en-US")} ${nounsOf(shape.family).many} of ${summary.source}`,
        }),
    body: parts.filter((part) => part !== "").join("\n"),
    ...(film === undefined ? {} : { script: FILM_SCRIPT }),
  });
}

/** Family and size; undefined where the configuration is damaged. */
function shapeOf({ summary: { family, resolution } }: RunRecord): Shape | undefined {
  if (family === undefined || resolution === undefined) return undefined;
  return { family, ...sizeOfResolution(resolution) };
}

/** The figures that matter most; those that the run does not have are left out. */
function facts({ summary, start, ticks, metrics }: RunRecord): [string, string][] {
  const [tick, metric] = [ticks.at(-1), metrics.at(-1)];
  const { best, kimg, totalKimg } = summary;
  const all: [string, string | undefined][] = [
    ["state", summary.state],
    [
      "kimg",
      totalKimg === undefined || totalKimg === kimg
        ? shortNumber(kimg)
        : `${shortNumber(kimg)} / ${shortNumber(totalKimg)}`,
    ],
    [`best KID, at ${shortNumber(best?.kimg ?? 0)} kimg`, best && shortNumber(best.kid)],
    ["diversity", metric && shortNumber(metric.diversity)],
    ["memorised", metric?.memorised === undefined ? undefined : shortNumber(metric.memorised)],
    ["time of training", typeof tick?.seconds === "number" ? shortTime(tick.seconds) : undefined],
    [
      nounsOf(summary.family ?? "").speed,
      typeof tick?.imagesPerSecond === "number" ? shortNumber(tick.imagesPerSecond) : undefined,
    ],
    ["weights of G", weights(start?.parameters?.generator)],
    ["size on disk", shortBytes(summary.bytes)],
  ];
  return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
}

function weights(count: number | undefined): string | undefined {
  return typeof count === "number" ? count.toLocaleString("en-US") : undefined;
}

/** What a reader must know: what is wrong with the run's files, verdicts, warnings. */
function notices({ summary, verdicts, warnings, damagedLines }: RunRecord): string {
  const tone = (name: string): Tone =>
    name === "still improving" ? "good" : name === "stopped improving" ? "plain" : "warn";
  const lines = [
    ...(summary.problem === undefined ? [] : [htmlNotice("bad", "damaged", summary.problem)]),
    ...(summary.state === "interrupted"
      ? [
          htmlNotice(
            "warn",
            "interrupted",
            `The run ended without saying so: a crash, or an error that log.txt names. Go on with: ganbox resume ${summary.path}`,
          ),
        ]
      : []),
    ...(damagedLines === 0
      ? []
      : [
          htmlNotice(
            "warn",
            "damaged lines",
            `${damagedLines} line(s) of stats.jsonl cannot be read and were left out.`,
          ),
        ]),
    ...verdicts.map(({ name, seen, advice }) => htmlNotice(tone(name), name, `${seen} ${advice}`)),
  ];
  const some = warnings
    .slice(-WARNINGS)
    .map(({ message }) => htmlNotice("plain", "warning", message));
  const content = [...lines, ...some].join("\n");
  return content === "" ? "" : htmlSection("What the figures say", content);
}

function metricTable({ metrics, summary }: RunRecord): string {
  const rows = metrics.slice(-METRIC_ROWS).map(({ kimg, kid, diversity, memorised, nearest }) => {
    const isBest = kimg === summary.best?.kimg;
    const text = (value: number | undefined): string =>
      typeof value === "number" ? shortNumber(value) : "";
    const cells = [text(kid), text(diversity), text(memorised), text(nearest)];
    return [
      `${shortNumber(kimg)}`,
      ...cells,
      isBest ? '<span class="tone good">best, model/best.onnx</span>' : "",
    ];
  });
  return htmlTable(rows, [
    "kimg",
    "KID",
    "diversity",
    "memorised",
    "distance to training pictures",
    "",
  ]);
}

/** A value of a configuration as a line; objects become several, `architecture.family`. */
function flatten(value: unknown, name: string): [string, string][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flatten(inner, name === "" ? key : `${name}.${key}`),
    );
  }
  const text = Array.isArray(value)
    ? value.map((one) => (typeof one === "object" ? JSON.stringify(one) : String(one))).join(", ")
    : String(value);
  return [[name, text]];
}

function details({ config, card, files }: RunRecord): string {
  const fold = (name: string, content: string, open = false): string =>
    `<details${open ? " open" : ""}><summary>${name}</summary>${content}</details>`;
  const parts = [
    config === undefined
      ? ""
      : fold(
          "Configuration",
          htmlTable(
            flatten(config, "").map(([name, value]) => [escapeHtml(name), escapeHtml(value)]),
          ),
          true,
        ),
    card === undefined ? "" : fold("Model card", `<pre>${escapeHtml(card)}</pre>`),
    fold(
      `Files (${files.length})`,
      htmlTable(files.map(({ name, bytes }) => [escapeHtml(name), shortBytes(bytes)])),
    ),
  ];
  return parts.filter((part) => part !== "").join("\n");
}
