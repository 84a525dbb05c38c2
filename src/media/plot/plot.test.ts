import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { escapeHtml, htmlPage, htmlTable } from "../page.ts";
import { barChart } from "./bar-chart.ts";
import { standaloneSvg } from "./frame.ts";
import { lineChart } from "./line-chart.ts";
import { LIGHT_SERIES } from "./palette.ts";
import { scatterPlot } from "./scatter-plot.ts";

/** Dark pixels of a picture's upper left, upper right, lower left and lower right quarter. */
async function quarters(svg: string, colour: readonly [number, number, number]): Promise<number[]> {
  const { data, info } = await sharp(Buffer.from(standaloneSvg(svg)))
    .flatten({ background: "#fff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const counts = [0, 0, 0, 0];
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const at = 3 * (y * info.width + x);
      const distance = colour.reduce((sum, c, i) => sum + Math.abs(c - (data[at + i] ?? 0)), 0);
      const quarter = Number(x >= info.width / 2) + 2 * Number(y >= info.height / 2);
      if (distance < 60) counts[quarter] = (counts[quarter] ?? 0) + 1;
    }
  }
  return counts;
}

/** Colour of a series on light paper. */
function colourOf(index: number): readonly [number, number, number] {
  const bytes = Buffer.from((LIGHT_SERIES[index] as string).slice(1), "hex");
  return [...bytes] as unknown as readonly [number, number, number];
}

describe("lineChart", () => {
  it("draws a rising line from the lower left to the upper right", async () => {
    const points = Array.from({ length: 50 }, (_, i): [number, number] => [i, 2 * i]);
    const svg = lineChart([{ name: "loss", points }], { label: "loss by kimg" });
    const [upperLeft = 0, upperRight = 0, lowerLeft = 0, lowerRight = 0] = await quarters(
      svg,
      colourOf(0),
    );
    expect(upperRight).toBeGreaterThan(100);
    expect(lowerLeft).toBeGreaterThan(100);
    expect(upperLeft + lowerRight).toBeLessThan(20);
    expect(svg).toContain(">0</text>");
    expect(svg).toContain(">100</text>");
  });

  it("leaves gaps where there is no number, and keeps what is around them", () => {
    const ys = [1, Number.NaN, 3, 4, Number.POSITIVE_INFINITY, 6];
    const points = ys.map((y, x): [number, number] => [x, y]);
    const svg = lineChart([{ name: "a", points }], { label: "gaps" });
    expect(svg.match(/stroke-width="1.6"/g)).toHaveLength(3);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("thins long lines and shows the range of what it leaves out", () => {
    const points = Array.from({ length: 10_000 }, (_, i): [number, number] => [i, i % 2]);
    const svg = lineChart([{ name: "a", points }], { label: "noise" });
    expect(svg.length).toBeLessThan(20_000);
    expect(svg).toContain('opacity=".16"');
  });

  it.each([
    ["nothing", []],
    ["one point", [[1, 1]]],
    [
      "a constant",
      [
        [0, 0],
        [1, 0],
      ],
    ],
    ["nothing finite", [[0, Number.NaN]]],
    [
      "tiny numbers",
      [
        [0, 1e-12],
        [1, 3e-12],
      ],
    ],
    [
      "huge numbers",
      [
        [0, -1e300],
        [1, 1e300],
      ],
    ],
  ] as [string, [number, number][]][])("draws %s", (_, points) => {
    for (const yLog of [false, true]) {
      const svg = lineChart([{ name: "a", points, marked: true }], { label: "odd", yLog });
      expect(svg).toMatch(/^<svg .*<\/svg>$/);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

describe("scatterPlot", () => {
  it("puts points where they belong", async () => {
    const cloud = (x: number, y: number): { name: string; points: [number, number][] } => ({
      name: `${x} ${y}`,
      points: Array.from({ length: 30 }, (_, i): [number, number] => [x + i / 100, y - i / 100]),
    });
    const svg = scatterPlot([cloud(0, 1), cloud(1, 0)], { label: "clouds" });
    const first = await quarters(svg, colourOf(0));
    expect(first.indexOf(Math.max(...first))).toBe(0);
    const second = await quarters(svg, colourOf(1));
    expect(second.indexOf(Math.max(...second))).toBe(3);
    expect(svg.match(/<circle/g)).toHaveLength(60);
  });
});

describe("a legend", () => {
  it("has as many lines as its names need", () => {
    const names = ["r3gan", "stylegan2", "fastgan", "dcgan", "vae", "vaegan"];
    const points: [number, number][] = [
      [0, 0],
      [1, 1],
    ];
    const series = names.map((name) => ({ name, points }));
    const places = [
      ...lineChart(series, { label: "six" }).matchAll(/<text x="([\d.]+)" y="(\d+)">(\w+)</g),
    ].filter(([, , , name]) => names.includes(name ?? ""));
    expect(places).toHaveLength(6);
    expect(new Set(places.map(([, , y]) => y)).size).toBe(2);
    for (const [, x, , name = ""] of places) expect(Number(x) + 6 * name.length).toBeLessThan(420);
  });
});

describe("barChart", () => {
  it("makes bars in proportion, and escapes names", () => {
    const svg = barChart(
      [
        { name: "a<b", value: 4 },
        { name: "c", value: 2, text: "two" },
        { name: "d", value: Number.NaN },
      ],
      "sizes",
    );
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) =>
      Number(width),
    );
    expect((widths[0] ?? 0) / (widths[1] ?? 1)).toBeCloseTo(2, 2);
    expect(widths[2]).toBe(1);
    expect(svg).toContain("a&lt;b");
    expect(svg).toContain(">two</text>");
  });
});

describe("page", () => {
  it("shows texts as texts", () => {
    const bad = `<script>alert("x")</script>`;
    expect(escapeHtml(`a & 'b'`)).toBe("a &amp; &#39;b&#39;");
    const html = htmlPage({
      kind: "test",
      title: bad,
      subtitle: bad,
      body: htmlTable([[escapeHtml(bad)]], [bad]),
    });
    expect(html).not.toContain("<script>");
    expect(html).toContain("default-src 'none'");
  });
});
