/** @file The report as one HTML page that needs nothing but itself. */
import { formatSize, sizeOfResolution } from "../../base/size.ts";
import { barChart, escapeHtml } from "./bars.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { DataReport, DuplicateGroup, Histogram } from "./report.ts";

/** Most pictures and groups that a section of the page shows; the JSON has them all. */
const SHOWN = { files: 48, groups: 24, inGroup: 6, classes: 24 } as const;

const safe = escapeHtml;

/** Files of which the page shows pictures. */
export function shownFiles({ bad, suspect, small, blank, duplicates }: DataReport): string[] {
  const single = [bad, suspect, small, blank].flatMap((list) =>
    list.slice(0, SHOWN.files).map(({ file }) => file),
  );
  const grouped = [duplicates.exact, duplicates.near].flatMap((groups) =>
    groups.slice(0, SHOWN.groups).flatMap(({ files }) => files.slice(0, SHOWN.inGroup)),
  );
  return [...new Set([...single, ...grouped])];
}

/**
 * The page. Names of files and classes are escaped: they may hold anything.
 *
 * @param name Of the data set, for the title.
 * @param thumbnails Data URIs by file, for `shownFiles`.
 */
export function reportPage(
  report: DataReport,
  name: string,
  thumbnails: ReadonlyMap<string, string>,
): string {
  const { bad, suspect, small, blank, duplicates } = report;
  const sections = [
    header(report, name),
    section("Findings", findings(report)),
    section("Is it enough?", advice(report)),
    section("What is in it", charts(report)),
    files("Files that cannot be used", bad, thumbnails, ({ kind }) => kind.replaceAll("-", " ")),
    files("Damaged inside", suspect, thumbnails, () => ""),
    groups("Exact copies", duplicates.exact, thumbnails),
    groups("Near copies", duplicates.near, thumbnails),
    files("Blank", blank, thumbnails, ({ deviation }) => `deviation ${deviation}`),
    files("Smaller than the resolution", small, thumbnails, (p) => `${p.width}x${p.height}`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${safe(name)}: data report</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${sections.filter((part) => part !== "").join("\n")}
<footer>Made by <code>ganbox data check</code>. <code>report.json</code> beside this page has every file.</footer>
</main>
</body>
</html>
`;
}

function header(report: DataReport, name: string): string {
  const { source, files, readable, distinct, bytes, sizes, resolution, classes } = report;
  const tiles: (readonly [string, string])[] = [
    [number(files), "pictures"],
    [number(readable), "readable"],
    [number(distinct), "distinct"],
    ...(sizes === null ? [] : [[`${sizes.median}`, "median shorter side [pixels]"] as const]),
    ...(classes === null ? [] : [[number(classes.counts.length), "classes"] as const]),
    [`${number(Math.ceil(bytes / 2 ** 20))} MB`, "on disk"],
  ];
  return `<h1>${safe(name)}</h1>
<p class="quiet">${safe(source)}, judged for ${formatSize(sizeOfResolution(resolution))}</p>
<div class="tiles">${tiles.map(([value, what]) => `<div class="tile"><b>${value}</b><span>${what}</span></div>`).join("")}</div>`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `<section><h2>${safe(title)}</h2>\n${body}</section>`;
}

function findings({ findings: list }: DataReport): string {
  if (list.length === 0) return `<p class="quiet">Nothing to complain about.</p>`;
  const items = list.map(
    ({ severity, text, action }) =>
      `<li class="${severity}">${code(text)}<p class="quiet">${code(action)}</p></li>`,
  );
  return `<ul class="findings card">${items.join("\n")}</ul>`;
}

function advice({ advice: list }: DataReport): string {
  const rows = list.map(
    ({ family, verdict, text }) =>
      `<tr><td>${safe(family)}</td><td class="${verdict.replace(" ", "-")}">${verdict}</td><td>${safe(text)}</td></tr>`,
  );
  return `<div class="card"><table>${rows.join("\n")}</table></div>`;
}

function charts({ sizes, storage, classes }: DataReport): string {
  const card = (title: string, bars: readonly { label: string; count: number }[]): string =>
    bars.length === 0
      ? ""
      : `<div class="card"><h3>${safe(title)}</h3>${barChart(bars, title)}</div>`;
  const counted = (counts: readonly { name: string; count: number }[]) =>
    counts.map(({ name, count }) => ({ label: name, count }));
  const sorted = [...(classes?.counts ?? [])].sort((a, b) => b.count - a.count);
  const shown = sorted.length > SHOWN.classes ? sorted.slice(0, SHOWN.classes) : sorted;
  const more =
    shown.length < sorted.length ? `, the largest ${shown.length} of ${sorted.length}` : "";
  const parts = [
    sizes === null ? "" : card("Shorter side [pixels]", ranges(sizes.shortSide, String)),
    sizes === null ? "" : card("Width : height", ranges(sizes.aspect, ratio)),
    card(`Classes (from ${classes?.from})${more}`, counted(shown).map(shorten)),
    card("Format", counted(storage.formats)),
    card("Colour space", counted(storage.spaces)),
    card(
      "Also",
      [
        { label: "alpha", count: storage.alpha },
        { label: "colour profile", count: storage.profiles },
        { label: "animated", count: storage.animated },
        { label: "turned by EXIF", count: storage.rotated },
      ].filter(({ count }) => count > 0),
    ),
  ];
  return `<div class="columns">${parts.join("\n")}</div>`;
}

/** A label that fits beside its bar. */
function shorten({ label, count }: { label: string; count: number }): {
  label: string;
  count: number;
} {
  return { label: label.length > 16 ? `${label.slice(0, 15)}…` : label, count };
}

function ranges(
  { edges, counts }: Histogram,
  show: (edge: number) => string,
): { label: string; count: number }[] {
  return counts.map((count, i) => {
    const [from, to] = [edges[i - 1], edges[i]];
    const label =
      from === undefined
        ? `below ${show(to as number)}`
        : to === undefined
          ? `${show(from)} and more`
          : `${show(from)} to ${show(to)}`;
    return { label, count };
  });
}

/** `1:3` below 1, `1.3:1` from there. */
function ratio(edge: number): string {
  return edge < 1 ? `1:${Number((1 / edge).toFixed(2))}` : `${edge}:1`;
}

function files<T extends { readonly file: string; readonly reason?: string }>(
  title: string,
  list: readonly T[],
  thumbnails: ReadonlyMap<string, string>,
  label: (entry: T) => string,
): string {
  const shown = list
    .slice(0, SHOWN.files)
    .map((entry) => figure(entry.file, thumbnails, label(entry), entry.reason ?? ""));
  const body = shown.length === 0 ? "" : `<div class="pictures">${shown.join("\n")}</div>`;
  return section(counted(title, list.length), `${body}${rest(list.length, SHOWN.files)}`);
}

function groups(
  title: string,
  list: readonly DuplicateGroup[],
  thumbnails: ReadonlyMap<string, string>,
): string {
  const shown = list.slice(0, SHOWN.groups).map(({ files: members, classes }) => {
    const figures = members
      .slice(0, SHOWN.inGroup)
      .map((file, i) => figure(file, thumbnails, i === 0 ? "first" : "", ""));
    const note =
      classes === undefined ? "" : `<p class="few">classes: ${safe(classes.join(", "))}</p>`;
    return `<div class="group card"><div class="pictures">${figures.join("\n")}</div>${note}${rest(members.length, SHOWN.inGroup)}</div>`;
  });
  const body = shown.length === 0 ? "" : `<div class="pictures">${shown.join("\n")}</div>`;
  return section(counted(title, list.length, "group"), `${body}${rest(list.length, SHOWN.groups)}`);
}

function figure(
  file: string,
  thumbnails: ReadonlyMap<string, string>,
  label: string,
  reason: string,
): string {
  const source = thumbnails.get(file);
  const picture =
    source === undefined ? "nothing to see" : `<img src="${source}" alt="" loading="lazy">`;
  return `<figure title="${safe(reason === "" ? file : `${file}: ${reason}`)}"><div class="frame">${picture}</div><figcaption>${label === "" ? "" : `<b>${safe(label)}</b>`}${safe(file)}</figcaption></figure>`;
}

function rest(total: number, shown: number): string {
  return total > shown
    ? `<p class="quiet">and ${number(total - shown)} more in report.json</p>`
    : "";
}

function counted(title: string, count: number, noun = ""): string {
  const groupsOf = noun === "" ? "" : ` ${noun}${count === 1 ? "" : "s"}`;
  return `${title} (${number(count)}${groupsOf})`;
}

/** Escaped text with `code` between backticks. */
function code(text: string): string {
  return safe(text).replace(/`([^`]+)`/g, "<code>$1</code>");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
