import { readFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { jpegHeader } from "./jpeg-header.ts";

const picture = (): Sharp =>
  sharp({ create: { width: 40, height: 24, channels: 3, background: "#a05020" } });

const FILES: readonly (readonly [string, () => Sharp])[] = [
  ["plain", () => picture().jpeg()],
  ["progressive", () => picture().jpeg({ progressive: true })],
  ["grey", () => picture().greyscale().jpeg()],
  ["with a profile", () => picture().withIccProfile("p3").jpeg()],
  [
    "with other EXIF data",
    () =>
      picture()
        .withExif({ IFD0: { Copyright: "nobody" } })
        .jpeg(),
  ],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(
    (orientation) =>
      [`turned ${orientation}`, () => picture().withMetadata({ orientation }).jpeg()] as const,
  ),
];

describe("jpegHeader", () => {
  it.each(FILES)("says of a JPEG %s what the decoder says", async (_name, make) => {
    const bytes = await make().toBuffer();
    const { width, height, space, hasProfile, orientation } = await sharp(bytes).metadata();
    expect(jpegHeader(bytes)).toEqual({
      width,
      height,
      grey: space === "b-w",
      profile: hasProfile,
      orientation: orientation ?? 1,
    });
  });

  it("says nothing of four planes, of other files and of any part that ends before the pixels", async () => {
    expect(jpegHeader(await picture().toColourspace("cmyk").jpeg().toBuffer())).toBeUndefined();
    expect(jpegHeader(await picture().png().toBuffer())).toBeUndefined();
    expect(jpegHeader(await readFile(import.meta.filename))).toBeUndefined();
    const bytes = await picture().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const pixels = bytes.indexOf(Buffer.from([0xff, 0xda]));
    for (let end = 0; end < pixels; end++)
      expect(jpegHeader(bytes.subarray(0, end))).toBeUndefined();
  });
});
