import { describe, expect, inject, it } from "vitest";
import {
  CheckpointError,
  fromImageData,
  type Image,
  imageGrid,
  latentPath,
  loadGenerator,
  toImageData,
} from "../../src/web.ts";
import { LANDSCAPE_SEEDS } from "./landscape-seeds.ts";

const expected = inject("golden").landscapes.map(
  (data): Image => ({ width: 64, height: 64, data: Uint8Array.from(data) }),
);
const provider = inject("provider");
const MODEL = new URL("../../models/landscapes-64.onnx", import.meta.url);

/** Largest difference of two pictures [grey levels]. */
function difference(a: Image, b: Image): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b.data[i] as number))), 0);
}

describe.skipIf(typeof window === "undefined")("a page", () => {
  it("fetches a model and gives a seed the picture that Node gives, to one grey level", async () => {
    const generator = await loadGenerator(MODEL, { provider });
    const images: Image[] = [];
    for await (const image of generator.fromSeeds(LANDSCAPE_SEEDS)) images.push(image);
    expect(images).toHaveLength(LANDSCAPE_SEEDS.length);
    for (const [i, image] of images.entries()) {
      expect(difference(image, expected[i] as Image)).toBeLessThanOrEqual(1);
      expect(difference(image, images[(i + 1) % images.length] as Image)).toBeGreaterThan(50);
    }

    const path = latentPath([0, 7].map((seed) => generator.latentOf(seed).z));
    const { value: walked } = await generator.generate([{ z: path(0.5), class: 0 }]).next();
    expect(difference(walked as Image, images[1] as Image)).toBeLessThanOrEqual(1);
    await generator.dispose();
  });

  it("draws pictures on a canvas and takes them from there", () => {
    const grid = imageGrid(expected);
    const canvas = new OffscreenCanvas(grid.width, grid.height);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.putImageData(toImageData(grid), 0, 0);
    const back = fromImageData(context.getImageData(0, 0, grid.width, grid.height));
    expect(difference(back, grid)).toBe(0);
  });

  it("is all that the example needs: a grid, and another picture wherever the slider stands", async () => {
    const { default: html } = await import("../../examples/browser/index.html?raw");
    const example = new DOMParser().parseFromString(html, "text/html");
    example.querySelector("script")?.remove(); // its module is imported below
    document.body.replaceChildren(...example.body.children);
    const pixels = (id: string): string => {
      const canvas = document.getElementById(id) as HTMLCanvasElement;
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
        ...([0, 0, canvas.width, canvas.height] as const),
      );
      return data.join();
    };
    await import("../../examples/browser/main.ts");
    const place = document.getElementById("place") as HTMLInputElement;
    await expect.poll(() => place.disabled, { timeout: 60_000 }).toBe(false);
    expect(document.getElementById("status")?.textContent).toMatch(
      /^16 pictures of 64x64 pixels in/,
    );
    expect(new Set(pixels("grid").split(",")).size).toBeGreaterThan(200);
    const before = pixels("picture");
    place.valueAsNumber = 0.4;
    place.dispatchEvent(new Event("input"));
    await expect.poll(() => pixels("picture"), { timeout: 10_000 }).not.toBe(before);
  });

  it("says that a model cannot be fetched, or is none", async () => {
    const nowhere = loadGenerator("http://127.0.0.1:9/model.onnx");
    await expect(nowhere).rejects.toThrow(CheckpointError);
    await expect(nowhere).rejects.toThrow(/model\.onnx: the model cannot be fetched \(/);
    const text = loadGenerator(new URL("../../README.md", import.meta.url));
    await expect(text).rejects.toThrow(/README\.md: .*text/);
  });
});
