import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { Image } from "../../media/image.ts";
import { parseUpscale } from "./factor.ts";
import { loadSuperResolution } from "./load.node.ts";
import { SuperResolution } from "./super-resolution.ts";
import { tilesOf } from "./tiles.ts";

const FILE = "models/upscale/photo-2x.onnx";

/** Soft shapes and noise. */
function picture(width: number, height: number, seed: number): Image {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return 128 + 60 * Math.sin(x / 5 + (i % 3)) * Math.cos(y / 7) + 40 * random.uniform();
  });
  return { width, height, data };
}

/** Whether pictures are the same to the byte; quicker than looking at every number. */
const same = (a: readonly (Image | undefined)[], b: readonly (Image | undefined)[]): boolean =>
  a.length === b.length &&
  a.every(
    (image, i) =>
      image?.width === b[i]?.width &&
      Buffer.compare(image?.data ?? Buffer.of(0), b[i]?.data ?? Buffer.of(1)) === 0,
  );

let whole: SuperResolution;
beforeAll(async () => {
  whole = await loadSuperResolution({ threads: 1 });
});
afterAll(async () => await whole.dispose());

describe("super-resolution", () => {
  test("gives in tiles to the byte what it gives in one piece", async () => {
    const image = picture(61, 40, 1);
    const tiled = await SuperResolution.decode(readFileSync(FILE), FILE, { threads: 1, tile: 24 });
    for (const factor of [2, 4] as const) {
      const [once] = await whole.enlarge([image], factor);
      const [pieces] = await tiled.enlarge([image], factor);
      expect(same([pieces], [once])).toBe(true);
      expect(once).toMatchObject({ width: 61 * factor, height: 40 * factor });
    }
    await tiled.dispose();
  });

  test("pictures of several sizes keep their order, one by one or together", async () => {
    const images = [picture(20, 12, 1), picture(20, 12, 2), picture(9, 17, 3), picture(20, 12, 4)];
    const together = await whole.enlarge(images, 2);
    const alone: Image[] = [];
    for (const image of images) alone.push(...(await whole.enlarge([image], 2)));
    expect(same(together, alone)).toBe(true);
    const streamed: Image[] = [];
    const source = async function* (): AsyncGenerator<Image> {
      for (let i = 0; i < 5; i++) yield* images; // more than wait for a run
    };
    for await (const image of whole.stream(source(), 2)) streamed.push(image);
    expect(
      same(
        streamed,
        [0, 1, 2, 3, 4].flatMap(() => alone),
      ),
    ).toBe(true);
    expect(same(streamed.slice(1), [...alone, ...alone])).toBe(false);
    expect(await whole.enlarge([], 2)).toEqual([]);
  });

  test("keeps flat colours and the smallest pictures", async () => {
    for (const [width, height] of [
      [1, 1],
      [40, 3],
    ] as const) {
      const data = Uint8Array.from(
        { length: 3 * width * height },
        (_, i) => [30, 120, 220][i % 3] ?? 0,
      );
      const [large] = await whole.enlarge([{ width, height, data }], 4);
      expect(large?.data.every((x, i) => Math.abs(x - Number([30, 120, 220][i % 3])) <= 4)).toBe(
        true,
      );
    }
  });

  test("another file is refused", async () => {
    await expect(
      SuperResolution.decode(readFileSync("models/features/mnist.onnx"), "mnist.onnx"),
    ).rejects.toThrow("mnist.onnx: this is no super-resolution network");
    await expect(SuperResolution.decode(new Uint8Array(9), "x.onnx")).rejects.toThrow("x.onnx");
  });
});

test("tiles cover a picture and are no longer than asked for", () => {
  for (const [width, height, most] of [
    [75, 50, 24],
    [1, 1, 128],
    [129, 128, 128],
    [257, 40, 64],
  ] as const) {
    const seen = new Uint8Array(width * height);
    for (const tile of tilesOf({ width, height }, most)) {
      expect(Math.max(tile.width, tile.height)).toBeLessThanOrEqual(most);
      for (let y = 0; y < tile.height; y++)
        seen.fill(
          1,
          (tile.top + y) * width + tile.left,
          (tile.top + y) * width + tile.left + tile.width,
        );
    }
    expect(seen.every((x) => x === 1)).toBe(true);
  }
});

test.each([1, 3, 8, 2.5])("a factor of %d is refused", (factor) => {
  expect(() => parseUpscale(factor)).toThrow(`upscale: got ${factor}, expected 2 or 4`);
});
