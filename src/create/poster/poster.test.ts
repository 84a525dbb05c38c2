import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { Image, Rgb } from "../../media/image.ts";
import type { Generator } from "../generator.ts";
import { loadGenerator } from "../load.node.ts";
import { design } from "./candidate.node.ts";
import { contrastRatio, luminance, toLab, toRgb } from "./colour.ts";
import { compose } from "./compose.ts";
import { LAYOUTS } from "./layouts.ts";
import { contrastUnder, luminancesOf, thirds, veiled } from "./measure.ts";
import { parsePage } from "./page.ts";
import { paletteOf } from "./palette.ts";
import { drawPoster, type PosterOptions, planPoster } from "./poster.node.ts";
import { drawOver } from "./print.node.ts";
import { enlarged, imageOf } from "./rows.ts";
import { TREATMENTS, type TreatmentName } from "./treatments.ts";

const folder = mkdtempSync(join(tmpdir(), "ganbox-poster-"));
let generator: Generator;
beforeAll(async () => {
  generator = await loadGenerator("models/landscapes-64.onnx", { threads: 1 });
});
afterAll(async () => {
  await generator.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const flat = (width: number, height: number, [r, g, b]: Rgb): Image => ({
  ...{ width, height },
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => [r, g, b][i % 3] ?? 0),
});

/** Dark below, light above, as landscapes are. */
const hills: Image = {
  ...{ width: 64, height: 64 },
  data: Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 192)];
    const land = y > 36 + 6 * Math.sin(x / 9);
    return (land ? [60, 50, 30] : [120, 170, 230 - y])[i % 3] ?? 0;
  }),
};

const small: Omit<PosterOptions, "out"> = {
  title: "The Long Way Home",
  tagline: "Every river remembers",
  credits: "Kestrel Pictures presents\ndirected by: Anna Lind\nmusic by: Tomas van den Berg",
  size: "300x450",
  seed: 5,
  candidates: 2,
};

const make = async (options: Partial<PosterOptions> & { out: string }) =>
  await drawPoster(planPoster({ ...small, ...options }), generator);

describe("pages", () => {
  test.each([
    ["27x40in", 300, 8100, 12000],
    ["A3", 300, 3508, 4961],
    ["50x70cm", 100, 1969, 2756],
    ["1080x1620", 300, 1080, 1620],
    ["10.5 x 14 in", 100, 1050, 1400],
  ])("%s at %i dpi", (size, dpi, width, height) => {
    expect(parsePage(size, dpi)).toMatchObject({ width, height });
  });

  test.each([
    ["large", 300, /"large" is no size/],
    ["10x4000", 300, /too small/],
    ["100x400", 300, /too narrow/],
    ["A0", 1200, /too large/],
    ["10.5x20", 300, /no size/],
    ["A4", 0, /dpi: got 0/],
    ["A4", Number.NaN, /dpi: got NaN/],
  ])("%s at %d dpi is refused", (size, dpi, message) => {
    expect(() => parsePage(size, dpi)).toThrow(message);
  });
});

describe("colours", () => {
  test("OKLab there and back", () => {
    const colours: readonly Rgb[] = [
      [0, 0, 0],
      [255, 255, 255],
      [200, 30, 90],
      [12, 140, 220],
    ];
    for (const rgb of colours) expect(toRgb(toLab(rgb[0], rgb[1], rgb[2]))).toEqual(rgb);
  });

  test("black on white has WCAG's largest contrast", () => {
    expect(contrastRatio(luminance(0, 0, 0), luminance(255, 255, 255))).toBeCloseTo(21, 6);
  });

  test("a palette keeps the hues of the art and goes from dark to light", () => {
    const { dark, light, accent, ramp } = paletteOf(hills, new Random(1));
    expect(contrastRatio(luminance(...dark), luminance(...light))).toBeGreaterThan(14);
    expect(accent[2]).toBeGreaterThan(accent[0] + 40); // the sky is blue
    const steps = ramp.map(([l]) => l);
    expect(steps).toEqual([...steps].sort());
  });

  test("a grey picture has a grey palette", () => {
    const [r, g, b] = paletteOf(flat(16, 16, [90, 90, 90]), new Random(1)).accent;
    expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(4);
  });
});

describe("art", () => {
  const page = parsePage("200x300", 300);

  test("pictures that overlap blend without a step", () => {
    const dark = flat(64, 64, [40, 40, 40]);
    const light = flat(64, 64, [200, 200, 200]);
    const whole = { x: 0, y: 0, width: 1000, height: page.tall };
    const { width, height, data } = compose(page, [{ ...whole, pictures: [dark, light] }]);
    const column = Array.from({ length: height }, (_, y) => data[3 * y * width] ?? 0);
    expect([column[0], column.at(-1)]).toEqual([40, 200]);
    const steps = column.slice(1).map((value, y) => value - (column[y] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...steps)).toBeLessThan(8);
  });

  test("a picture of the page's shape fills it alone, and is shown whole", () => {
    const towers = LAYOUTS.filter(({ name }) => name.endsWith("title"));
    for (const { pictures } of towers) {
      expect(pictures(page, { width: 64, height: 96 })).toBe(1);
      expect(pictures(page, { width: 64, height: 64 })).toBe(2);
      expect(pictures(parsePage("200x560", 300), { width: 64, height: 96 })).toBe(3);
    }
    const corners = flat(64, 96, [40, 40, 40]);
    for (const at of [0, 63, 64 * 95, 64 * 96 - 1]) corners.data[3 * at] = 255;
    const whole = { x: 0, y: 0, width: 1000, height: page.tall, pictures: [corners] };
    const { width, height, data } = compose(page, [whole]);
    for (const at of [0, width - 1, width * (height - 1), width * height - 1])
      expect(data[3 * at]).toBeGreaterThan(150);
  });

  test("tall pictures that overlap blend along the page", () => {
    const tall = parsePage("200x500", 300);
    const [dark, light] = [flat(64, 96, [40, 40, 40]), flat(64, 96, [200, 200, 200])];
    const whole = { x: 0, y: 0, width: 1000, height: tall.tall };
    const { width, height, data } = compose(tall, [{ ...whole, pictures: [dark, light] }]);
    const column = Array.from({ length: height }, (_, y) => data[3 * y * width] ?? 0);
    expect([column[0], column.at(-1)]).toEqual([40, 200]);
    expect([...column].sort((a, b) => a - b)).toEqual(column);
  });

  test("a spline goes through a straight ramp", () => {
    const data = Float32Array.from({ length: 16 }, (_, i) => i);
    const row = enlarged({ width: 16, height: 1, channels: 1, data }, 32, 1)(0);
    expect(row[15]).toBeCloseTo(7.25, 5);
    expect(row[20]).toBeCloseTo(9.75, 5);
  });

  test.each(Object.keys(TREATMENTS) as TreatmentName[])(
    "%s: any row alone is what it is in the whole, and the sky stays lighter than the land",
    (name) => {
      const palette = paletteOf(hills, new Random(1));
      const rows = TREATMENTS[name](hills, palette, { width: 120, height: 160 }, 3);
      const image = imageOf(rows);
      const line = new Uint8ClampedArray(360);
      rows.row(77, line);
      expect([...line]).toEqual([...image.data.subarray(360 * 77, 360 * 78)]);
      const light = luminancesOf(image).data;
      const mean = (part: Float32Array): number => part.reduce((a, b) => a + b, 0) / part.length;
      expect(mean(light.subarray(0, 120 * 60))).toBeGreaterThan(
        2 * mean(light.subarray(120 * 120)),
      );
    },
  );

  test("a screen print has few colours and edges of a pixel at any size", () => {
    const rows = TREATMENTS.screenprint(
      hills,
      paletteOf(hills, new Random(1)),
      { width: 900, height: 900 },
      3,
    );
    const light = luminancesOf(imageOf(rows));
    const column = Array.from({ length: 900 }, (_, y) => light.data[900 * y + 450] ?? 0);
    const moving = column.filter((value, y) => Math.abs(value - (column[y - 1] ?? value)) > 0.03);
    expect(moving.length).toBeGreaterThan(0);
    expect(moving.length).toBeLessThan(30);
  });
});

describe("legibility", () => {
  const page = parsePage("100x100", 300);
  const box = { x: 0, y: 0, width: 1000, height: 500 };

  test("contrast is that with the worst pixels under the text only", () => {
    const image = flat(100, 100, [0, 0, 0]);
    image.data.fill(255, 3 * 100 * 60);
    expect(contrastUnder(page, luminancesOf(image), box, [255, 255, 255])).toBeCloseTo(21, 3);
    image.data.fill(255, 0, 3 * 100 * 5);
    expect(contrastUnder(page, luminancesOf(image), box, [255, 255, 255])).toBeCloseTo(1, 3);
  });

  test("a veil changes a picture where it lies, as much as it covers", () => {
    const stops = [
      { at: 0, opacity: 0.5 },
      { at: 0.5, opacity: 0.5 },
      { at: 0.6, opacity: 0 },
      { at: 1, opacity: 0 },
    ];
    const image = veiled(flat(10, 100, [200, 200, 200]), {
      kind: "veil",
      colour: [0, 0, 0],
      stops,
    });
    expect(image.data[0]).toBe(100);
    expect(image.data[3 * 10 * 90]).toBe(200);
  });

  test("what stands out at a third of the height is balanced best", () => {
    const line = (row: number): Image => {
      const image = flat(30, 90, [0, 0, 0]);
      image.data.fill(255, 90 * row, 90 * (row + 3));
      return image;
    };
    expect(thirds(luminancesOf(line(29)))).toBeGreaterThan(thirds(luminancesOf(line(2))));
  });
});

describe("posters", () => {
  test("a PNG of the size and dots per inch asked for; the same seed makes the same file", async () => {
    const [p, q] = [join(folder, "p.png"), join(folder, "q.png")];
    const sheet = join(folder, "sheet.png");
    const poster = await make({ out: p, dpi: 150, sheet });
    await make({ out: q, dpi: 150 });
    expect(await sharp(p).metadata()).toMatchObject({ width: 300, height: 450, density: 150 });
    expect(readFileSync(p).equals(readFileSync(q))).toBe(true);
    expect(poster.candidates).toHaveLength(2);
    expect(poster.chosen).toEqual(poster.candidates[0]);
    expect((await sharp(sheet).metadata()).width).toBe(2 * 300 + 14);
    expect(readdirSync(folder).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("pictures that the network made larger first are composed as others are", async () => {
    const [plain, large] = [join(folder, "plain.png"), join(folder, "large.png")];
    await make({ out: plain, candidates: 1 });
    await make({ out: large, candidates: 1, upscale: 4 });
    const [a, b] = await Promise.all([plain, large].map((file) => sharp(file).raw().toBuffer()));
    expect(b?.length).toBe(a?.length);
    expect(b?.equals(a ?? Buffer.of())).toBe(false);
  });

  test("text can be read in every layout: contrast in the finished pixels", async () => {
    const plan = planPoster({ ...small, candidates: LAYOUTS.length, out: "poster.png" });
    expect(new Set(plan.ideas.map(({ layout }) => layout.name)).size).toBe(LAYOUTS.length);
    for (const idea of plan.ideas) {
      const text = plan.texts.get(idea.layout.name);
      if (text?.credits === undefined) throw new Error("the plan lacks a layout's text");
      const pictures: Image[] = [];
      for await (const picture of generator.fromSeeds(idea.seeds)) pictures.push(picture);
      const made = await design(idea, plan.page, text, pictures);
      expect(made.contrast.title).toBeGreaterThan(3);
      expect(made.contrast.credits).toBeGreaterThan(4.5);
      const size = { width: 500, height: 750 };
      const bare = imageOf(TREATMENTS[idea.treatment](made.art, made.palette, size, idea.seed));
      const letters = made.marks.at(-1);
      const [without, with_] = [
        await drawOver(plan.page, bare, made.marks.slice(0, -1)),
        await drawOver(plan.page, bare, made.marks),
      ];
      if (letters?.kind !== "shape") throw new Error("the credits come last");
      // Where a letter covers a pixel whole, it has the letter's colour; there it is compared with what was under it.
      const covered = [...with_.data.keys()].filter(
        (i) => i % 3 === 0 && letters.fill.every((value, c) => with_.data[i + c] === value),
      );
      const ratios = covered.map((i) => {
        const [r = 0, g = 0, b = 0] = without.data.subarray(i, i + 3);
        return contrastRatio(luminance(r, g, b), luminance(...letters.fill));
      });
      const own = ratios.filter((ratio) => ratio > 1.001).sort((p, q) => p - q);
      expect(own.length).toBeGreaterThan(20);
      expect(own[Math.floor(own.length / 10)]).toBeGreaterThan(4);
    }
  }, 60_000);

  test.runIf(spawnSync("pdfinfo", ["-v"]).status === 0)(
    "a PDF of one page of its true size, whose text is outlines",
    async () => {
      const out = join(folder, "p.pdf");
      await make({ out, size: "A4", dpi: 40, candidates: 1 });
      const info = execFileSync("pdfinfo", [out], { encoding: "utf8" });
      const [, width, height] = /Page size:\s+([\d.]+) x ([\d.]+)/.exec(info) ?? [];
      expect(Number(width) / 72).toBeCloseTo(210 / 25.4, 1);
      expect(Number(height) / 72).toBeCloseTo(297 / 25.4, 1);
      expect(info).toMatch(/Pages:\s+1\n/);
      expect(info).toMatch(/Title:\s+THE LONG WAY HOME/);
      expect(execFileSync("pdffonts", [out], { encoding: "utf8" }).trim().split("\n")).toHaveLength(
        2,
      );
      // As a picture it is the PNG, but for JPEG and the edges of letters.
      const png = join(folder, "a4.png");
      await make({ out: png, size: "A4", dpi: 40, candidates: 1 });
      execFileSync("pdftoppm", ["-r", "40", "-png", "-singlefile", out, join(folder, "page")]);
      const { width: w = 0, height: h = 0 } = await sharp(png).metadata();
      const raw = async (file: string): Promise<Buffer> =>
        await sharp(file).resize(w, h, { fit: "fill" }).removeAlpha().raw().toBuffer();
      const [a, b] = [await raw(png), await raw(join(folder, "page.png"))];
      const difference = a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0);
      expect(difference / a.length).toBeLessThan(8);
    },
    60_000,
  );

  test.each([
    [{ title: "  " }, /title: it is empty/],
    [{ title: "x".repeat(500) }, /title: "X+…" \(500 characters\) does not fit/],
    [{ title: "映画" }, /title: the font .* has no "映"/],
    [{ tagline: "🌙" }, /tagline: "🌙".*emoji/],
    [{ credits: "directed by: שלום" }, /credits: .*right to left/],
    [{ out: "poster.gif" }, /out: posters are not written as "\.gif"/],
    [{ sheet: "sheet.pdf" }, /sheet: got "sheet\.pdf"/],
    [{ size: "huge" }, /size: "huge" is no size/],
    [{ seed: 0.5 }, /seed: 0\.5 is no seed/],
    [{ candidates: 0 }, /candidates: got 0/],
    [{ pick: 3 }, /pick: got 3, expected 1 to 2/],
    [{ font: "none.ttf" }, /none\.ttf: the font cannot be read/],
  ] as const)("%o is refused before a model is loaded", (wrong, message) => {
    expect(() => planPoster({ ...small, out: "poster.png", ...wrong })).toThrow(message);
  });

  test("500 characters in words fit, smaller; so do other scripts and wide pages", () => {
    const title = "long words follow ".repeat(28).slice(0, 500);
    for (const size of ["27x40in", "1000x1000", "1920x1080", "400x1200"])
      for (const text of [title, "Ночной поезд", "Το μεγάλο ταξίδι", "It"])
        expect(planPoster({ ...small, size, dpi: 100, title: text, out: "p.png" }).page.dpi).toBe(
          100,
        );
  });

  test("stopping leaves nothing", async () => {
    const out = join(folder, "stopped.png");
    const signal = AbortSignal.abort();
    await expect(make({ out, signal })).rejects.toMatchObject({ code: "E_CANCELLED" });
    expect(existsSync(out)).toBe(false);
  });
});
