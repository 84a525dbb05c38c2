import type { Size } from "../../base/size.ts";
import { imageGrid } from "../../media/grid.ts";
import { encodePng } from "../../media/image.node.ts";
import type { Image } from "../../media/image.ts";
import {
  escapeHtml,
  htmlFacts,
  htmlNotice,
  htmlPage,
  htmlSection,
  htmlTable,
  htmlTone,
} from "../../media/page.ts";
import { describeSize, nounsOf } from "../../models/words.ts";
import type { MetricReport } from "../metrics.ts";
import type { ModelValidation } from "../workspace/validation.ts";
import { embedImage, imageElement, wholeGrid } from "./film-strip.ts";
import { shortBytes, shortNumber } from "./numbers.ts";
import { rollSize } from "./roll-size.ts";

/**
 * A page about the validation of a model: the checks, what it makes, and how good that is if it was measured.
 *
 * @param pictures Of what it makes, of seeds from 0 on.
 */
export async function validationReport(
  result: ModelValidation,
  pictures: readonly Image[],
): Promise<string> {
  const { ok, checks, info, metrics } = result;
  const { many } = nounsOf(info?.architecture.family ?? "");
  const cell = info && rollSize(info.architecture);
  const whole = cell && wholeGrid(cell);
  const shown = Math.min(pictures.length, whole ? whole.columns * whole.rows : pictures.length);
  const failed = checks.filter((check) => !check.ok);
  const notice = ok
    ? htmlNotice("good", "sound", `All ${checks.length} checks were passed.`)
    : htmlNotice("bad", "not sound", failed.map(({ name, seen }) => `${name}: ${seen}`).join("; "));
  const rows = checks.map(({ name, ok: passed, seen }) => [
    escapeHtml(name),
    htmlTone(passed ? "good" : "bad", passed ? "passed" : "failed"),
    escapeHtml(seen),
  ]);
  const parts = [
    notice,
    htmlSection("Checks", htmlTable(rows)),
    pictures.length === 0
      ? ""
      : htmlSection(
          "Samples",
          await grid(pictures, cell),
          `The ${many} of seeds 0 to ${shown - 1}.`,
        ),
    metrics === undefined ? "" : htmlSection("Measured", measurements(metrics)),
    `<footer>Written by Ganbox on ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC from ${escapeHtml(result.model)}, ${shortBytes(result.bytes)}</footer>`,
  ];
  return htmlPage({
    kind: "validation of a model",
    title: result.model.split(/[\\/]/).slice(-3).join("/"),
    ...(info === undefined
      ? {}
      : {
          subtitle: `${info.architecture.family}, ${describeSize(info.architecture)}, ${shortNumber(info.kimg)} kimg of ${info.data}`,
        }),
    body: parts.filter((part) => part !== "").join("\n"),
  });
}

/** @param cell Size of the pictures, where only as many are shown as there is room for. */
async function grid(pictures: readonly Image[], cell: Size | undefined): Promise<string> {
  const sheet = imageGrid(pictures, cell && { columns: wholeGrid(cell).columns });
  const image = await embedImage(await encodePng(sheet), cell);
  return image === undefined
    ? ""
    : `<figure class="film">${imageElement(image, "samples")}</figure>`;
}

function measurements({ results, samples, data, features, notes }: MetricReport): string {
  const { kernelDistance: kid, inceptionScore, diversity, memorisation } = results;
  const all: [string, number | undefined][] = [
    [`FD-${features.name}`, results.frechetDistance],
    [`KID-${features.name}`, kid?.mean],
    ["precision", results.precision],
    ["recall", results.recall],
    ["density", results.density],
    ["coverage", results.coverage],
    ["inception score", inceptionScore?.mean],
    ["path length", results.pathLength],
    ["diversity", diversity?.ratio],
    ["memorised", memorisation?.share],
  ];
  const facts = all.flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, shortNumber(value)]],
  );
  const lines = [
    `${samples.toLocaleString("en-US")} generated pictures against ${data.pictures.toLocaleString("en-US")} of ${data.source}.`,
    ...notes,
  ];
  const text = lines.map((line) => htmlNotice("plain", "", line)).join("\n");
  return `${htmlFacts(facts)}\n<p></p>\n${text}`;
}
