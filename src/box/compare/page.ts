import { formatSize, sizeOfResolution } from "../../base/size.ts";
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
import { shortNumber } from "../report/numbers.ts";
import { type Card, cards, colourDot, inFamilyColours, pictures } from "./cards.ts";
import type { Comparison } from "./compare.ts";
import { lossCurves, type NamedRecord, qualityCurves } from "./curves.ts";
import { STEPS } from "./looks.ts";
import { type Measured, SHOWN } from "./measuring.ts";
import { comparisonRows } from "./table.ts";

/** What the page shows beside the figures. */
export interface PageParts {
  /** In the order of the families. */
  readonly measured: readonly Measured[];
  readonly runs: readonly NamedRecord[];
  readonly real: readonly Image[];
  /** Latent maps, HTML. */
  readonly maps: string;
}

/** Columns of the grids of samples. */
const COLUMNS = 6;

/** The page of a comparison: one file that needs no other. */
export async function comparisonPage(comparison: Comparison, parts: PageParts): Promise<string> {
  const { families, data, resolution, kimg, findings, notes, failed } = comparison;
  const names = families.map(({ family }) => family);
  const name = data.source.split(/[\\/]/).at(-1) ?? data.source;
  const said = [
    ...failed.map(({ family, problem }) => htmlNotice("bad", `${family} failed`, problem)),
    ...findings.map(({ topic, text, warns }) => htmlNotice(warns ? "warn" : "plain", topic, text)),
  ];
  const sections = [
    htmlFacts(facts(comparison)),
    htmlSection("What the figures say", said.join("\n"), ERRORS),
    htmlSection("Samples", await sampleCards(names, parts), SAMPLES),
    htmlSection("Figures", figureTable(comparison)),
    await optional("Reconstructions", await reconstructionCards(names, parts), RECONSTRUCTIONS),
    htmlSection("From one sample to another", await wayCards(names, parts), WAYS),
    htmlSection("Maps of the features", parts.maps, MAPS),
    htmlSection("Course of training", curveCards(parts)),
    await optional("Nearest to training pictures", await closestCards(names, parts), CLOSEST),
    remarks(comparison, notes),
    `<footer>Written by Ganbox on ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC from ${escapeHtml(data.source)}</footer>`,
  ];
  return htmlPage({
    kind: "comparison of families",
    title: `${names.join(", ")} on ${name}`,
    subtitle: `The same pictures, ${shortNumber(kimg)} kimg each, the same seed, ${formatSize(sizeOfResolution(resolution))} pixels.`,
    body: inFamilyColours(families.length, sections.filter((part) => part !== "").join("\n")),
  });
}

const ERRORS =
  "Sentences made from the figures by rules. What differs by less than 2.3 standard errors is called a tie. The errors come from the samples that were drawn; another seed of training may move the figures more.";
const SAMPLES = "Of the averaged generators at the end of training, not picked: seeds 0 and up.";
const RECONSTRUCTIONS =
  "Real pictures above, and below what the decoder makes of their codes. Only autoencoders have an encoder.";
const WAYS = "The same pairs of seeds for every family: smooth ways mean a smooth latent space.";
const MAPS =
  "Features of real pictures (grey) and of samples (coloured), one map for all families. A good model covers the grey points and nothing else.";
const CLOSEST =
  "The samples that are nearest to any training picture in the features, above that picture: copies would be seen here.";

function facts({
  data,
  resolution,
  kimg,
  seed,
  samples,
  families,
}: Comparison): [string, string][] {
  return [
    ["families", String(families.length)],
    ["training pictures", data.training.toLocaleString("en-US")],
    ["resolution", formatSize(sizeOfResolution(resolution))],
    ["kimg each", shortNumber(kimg)],
    ["seed", String(seed)],
    ["samples measured", samples.toLocaleString("en-US")],
  ];
}

/** Least width of wide cards [pixels]: three a row where that leaves no gap, else two. */
function wide(all: readonly Card[]): number {
  return all.length % 3 === 0 ? 300 : 440;
}

async function optional(title: string, all: readonly Card[], note: string): Promise<string> {
  return all.length === 0 ? "" : htmlSection(title, cards(all, wide(all)), note);
}

async function sampleCards(
  names: readonly string[],
  { real, measured }: PageParts,
): Promise<string> {
  // Rows that are full, where there are any.
  const full = real.slice(0, Math.max(1, Math.floor(real.length / COLUMNS)) * COLUMNS);
  const all: Card[] = [
    { title: "real pictures", html: await pictures(full, COLUMNS, "real pictures") },
  ];
  for (const [index, family] of names.entries()) {
    const samples = measured[index]?.samples ?? [];
    all.push({ title: family, index, html: await pictures(samples, COLUMNS, `by ${family}`) });
  }
  // Two rows of two are better to look at than three and one.
  return cards(all, all.length % 3 === 0 ? 300 : all.length === 4 ? 400 : 240);
}

async function wayCards(names: readonly string[], { measured }: PageParts): Promise<string> {
  const all: Card[] = [];
  for (const [index, family] of names.entries()) {
    const html = await pictures(measured[index]?.ways ?? [], STEPS, `ways of ${family}`);
    all.push({ title: family, index, html });
  }
  return cards(all, wide(all));
}

async function reconstructionCards(
  names: readonly string[],
  { measured }: PageParts,
): Promise<Card[]> {
  const all: Card[] = [];
  for (const [index, family] of names.entries()) {
    const rebuilt = measured[index]?.reconstructions;
    if (rebuilt === undefined) continue;
    const { originals, copies, figure } = rebuilt;
    const alt = `reconstructions by ${family}`;
    const html = await pictures([...originals, ...copies], originals.length, alt);
    all.push({ title: family, index, note: `${shortNumber(figure.value)} dB`, html });
  }
  return all;
}

async function closestCards(names: readonly string[], { measured }: PageParts): Promise<Card[]> {
  const all: Card[] = [];
  for (const [index, family] of names.entries()) {
    const pairs = measured[index]?.closest ?? [];
    if (pairs.length === 0) continue;
    const both = [...pairs.map(([sample]) => sample), ...pairs.map(([, training]) => training)];
    const html = await pictures(both, Math.min(SHOWN.closest, pairs.length), `pairs of ${family}`);
    all.push({ title: family, index, html });
  }
  return all;
}

function curveCards({ runs }: PageParts): string {
  const [quality, losses] = [qualityCurves(runs), lossCurves(runs)];
  const before =
    quality.length === 0
      ? htmlNotice(
          "plain",
          "",
          "These runs were too short to be measured on their way; --metric-kimg asks for it.",
        )
      : cards(quality, wide(quality));
  return `${before}\n${cards(losses, wide(losses))}`;
}

function figureTable({ families, features }: Comparison): string {
  const rows = comparisonRows(families, features).map(({ name, meaning, cells }) => [
    `${escapeHtml(name)}<br><small>${escapeHtml(meaning)}</small>`,
    ...cells.map(({ text, best }) => (best ? htmlTone("good", text) : escapeHtml(text))),
  ]);
  const head = ["", ...families.map(({ family }) => family)];
  const table = htmlTable(rows, head);
  // The colours of the families in the head.
  return families.reduce(
    (html, { family }, i) =>
      html.replace(
        `<th scope="col">${escapeHtml(family)}</th>`,
        `<th scope="col">${colourDot(i)} ${escapeHtml(family)}</th>`,
      ),
    table,
  );
}

/** What a reader should know about the figures, and where the runs are. */
function remarks({ families }: Comparison, notes: readonly string[]): string {
  const own = families.flatMap(({ family, notes: some }) =>
    some.map((note) => `${family}: ${note}`),
  );
  const shared = sharedNotes(families.map(({ notes: some }) => some));
  const lines = [
    ...notes,
    ...shared,
    ...own.filter((line) => !shared.some((note) => line.endsWith(`: ${note}`))),
  ];
  const text = lines.map((line) => htmlNotice("plain", "", line)).join("\n");
  const runs = htmlTable(
    families.map(({ family, run }) => [escapeHtml(family), escapeHtml(run)]),
    ["family", "run"],
  );
  return htmlSection("To know about the figures", `${text}\n${runs}`);
}

/** Notes that hold for every family. */
function sharedNotes(all: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = all;
  return first.filter((note) => others.every((notes) => notes.includes(note)));
}
