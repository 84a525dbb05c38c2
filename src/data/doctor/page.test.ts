import { expect, it } from "vitest";
import { adviceFor } from "./advice.ts";
import { barChart } from "./bars.ts";
import { reportPage, shownFiles } from "./page.ts";
import type { DataReport } from "./report.ts";

const evil = '<img src=x onerror=alert(1)>"&.png';

const report: DataReport = {
  version: 1,
  source: `/data/${evil}`,
  resolution: 64,
  files: 200,
  readable: 120,
  distinct: 118,
  bytes: 5e6,
  sizes: null,
  storage: {
    formats: [{ name: "png", count: 120 }],
    spaces: [{ name: "srgb", count: 120 }],
    depths: [{ name: "8", count: 120 }],
    alpha: 0,
    profiles: 0,
    animated: 0,
    rotated: 0,
  },
  classes: {
    from: "labels.csv",
    counts: [{ name: evil, count: 120 }],
    imbalance: 1,
    unlabelled: 0,
  },
  bad: Array.from({ length: 80 }, (_, i) => ({
    file: `bad${i}.png`,
    kind: "empty",
    reason: "0 bytes",
  })),
  suspect: [],
  small: [],
  blank: [{ file: evil, deviation: 0 }],
  duplicates: { exact: [{ files: ["a.png", evil], classes: [evil, "b"] }], near: [] },
  outside: [],
  findings: [{ severity: "warning", count: 1, text: evil, action: "Run `ganbox data prepare`." }],
  advice: adviceFor(118),
  seconds: 1,
};

it("the page escapes every name, and holds all that it shows", () => {
  const files = shownFiles(report);
  expect(files).toContain(evil);
  const page = reportPage(report, evil, new Map([[evil, "data:image/webp;base64,AAAA"]]));
  expect(page).not.toContain("<img src=x");
  expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;&amp;.png");
  expect(page).toContain('<img src="data:image/webp;base64,AAAA"');
  expect(page).toContain("<code>ganbox data prepare</code>");
  expect(page).not.toMatch(/https?:|<script|<link|url\(/);
});

it("the page shows some of many, and says how many more there are", () => {
  const page = reportPage(report, "set", new Map());
  expect(page).toContain("Files that cannot be used (80)");
  expect(page.match(/bad\d+\.png<\/figcaption>/g)).toHaveLength(48);
  expect(page).toContain("and 32 more in report.json");
});

it("bars are as long as their counts", () => {
  const svg = barChart(
    [
      { label: "a", count: 10 },
      { label: "b", count: 5 },
      { label: "c", count: 0 },
    ],
    "t",
  );
  const widths = [...svg.matchAll(/class="bar"[^>]* width="([\d.]+)"/g)].map(([, w]) => Number(w));
  expect(widths[1]).toBeCloseTo((widths[0] ?? 0) / 2);
  expect(widths[2]).toBe(0);
});

it.each([
  [30, ["too few", "too few", "too few", "too few"]],
  [300, ["enough", "too few", "too few", "too few"]],
  [700, ["enough", "few", "too few", "few"]],
  [20_000, ["enough", "enough", "enough", "enough"]],
])("%d pictures are enough or not", (count, verdicts) => {
  expect(adviceFor(count).map(({ verdict }) => verdict)).toEqual(verdicts);
});
