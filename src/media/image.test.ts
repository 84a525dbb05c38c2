import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MediaError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { decodeImage, encodePng, resizeImage, writeImage } from "./image.node.ts";
import type { Image } from "./image.ts";
import { decodePlainPng } from "./png.node.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ganbox-image-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Quarters of red, green, blue and yellow. */
const QUARTERS = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 0],
];

const WHITE = [255, 255, 255] as const;

function quarters(width: number, height: number, colours = QUARTERS): Image {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const x = Math.floor(i / 3) % width;
    const y = Math.floor(i / 3 / width);
    return colours[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)]![i % 3]!;
  });
  return { width, height, data };
}

const noise = (width: number, height: number, seed = 1): Image => {
  const random = new Random(seed);
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, () => random.integer(256)),
  };
};

const rgb = ({ width, height, data }: Image): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** The colour at a point given as fractions of width and height. */
function at({ width, height, data }: Image, x: number, y: number): number[] {
  const pixel = Math.floor(y * height) * width + Math.floor(x * width);
  return [...data.subarray(pixel * 3, pixel * 3 + 3)];
}

/** The colours in the middle of the four quarters. */
const corners = (image: Image): number[][] => [
  at(image, 0.25, 0.25),
  at(image, 0.75, 0.25),
  at(image, 0.25, 0.75),
  at(image, 0.75, 0.75),
];

function expectNear(actual: number[][], expected: number[][], tolerance: number): void {
  for (const [i, value] of actual.flat().entries()) {
    expect(
      Math.abs(value - expected.flat()[i]!),
      `${JSON.stringify(actual)} against ${JSON.stringify(expected)}`,
    ).toBeLessThanOrEqual(tolerance);
  }
}

function chunk(type: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** A PNG file by hand; `rows` begin with their filter type. */
function pngFile(
  width: number,
  height: number,
  depth: number,
  colourType: number,
  rows: Uint8Array,
  extra: Buffer[] = [],
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    ...extra,
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]);
}

describe("decodeImage", () => {
  const lossless: [string, (pipeline: Sharp) => Sharp][] = [
    ["PNG", (p) => p.png()],
    ["interlaced PNG", (p) => p.png({ progressive: true })],
    ["16-bit PNG", (p) => p.toColourspace("rgb16").png()],
    ["palette PNG", (p) => p.png({ palette: true, colours: 4 })],
    ["8-bit palette PNG", (p) => p.png({ palette: true, colours: 256 })],
    ["TIFF", (p) => p.tiff({ compression: "lzw" })],
    ["WebP", (p) => p.webp({ lossless: true })],
    ["GIF", (p) => p.gif()],
  ];
  it.each(lossless)("reads %s exactly", async (_, encode) => {
    const bytes = await encode(rgb(quarters(16, 8))).toBuffer();
    const image = await decodeImage(bytes);
    expect(image).toMatchObject({ width: 16, height: 8, original: { width: 16, height: 8 } });
    expect(Buffer.compare(image.data, quarters(16, 8).data)).toBe(0);
  });

  const lossy: [string, number, (pipeline: Sharp) => Sharp][] = [
    ["JPEG", 6, (p) => p.jpeg({ quality: 95 })],
    ["progressive JPEG", 6, (p) => p.jpeg({ quality: 95, progressive: true })],
    ["AVIF", 8, (p) => p.avif({ quality: 90 })],
    ["lossy WebP", 12, (p) => p.webp({ quality: 95 })],
  ];
  it.each(lossy)("reads %s", async (_, tolerance, encode) => {
    const image = await decodeImage(await encode(rgb(quarters(64, 32))).toBuffer());
    expect([image.width, image.height]).toEqual([64, 32]);
    expectNear(corners(image), QUARTERS, tolerance);
  });

  it("reads CMYK JPEG", async () => {
    const printable = [
      [255, 0, 0],
      [255, 255, 255],
      [128, 128, 128],
      [255, 255, 0],
    ];
    const bytes = await rgb(quarters(64, 64, printable))
      .toColourspace("cmyk")
      .jpeg({ quality: 95 })
      .toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ space: "cmyk", channels: 4 });
    const image = await decodeImage(bytes);
    expect(image.data.length).toBe(64 * 64 * 3);
    expectNear(corners(image), printable, 30); // inks do not give every colour exactly
  });

  it("scales 16-bit samples to 8 bits", async () => {
    const samples = Buffer.from([0, 0, 0, 0x80, 0, 0xff, 0xff]); // filter, then big-endian 0x0000, 0x8000, 0xffff
    const image = await decodeImage(pngFile(3, 1, 16, 0, samples));
    expect([...image.data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  });

  it.each([
    [1, [0b01000000], [0, 255]],
    [2, [0b00011011], [0, 85, 170, 255]],
    [4, [0x0f, 0x80], [0, 255, 136]],
    [8, [0, 7, 255], [0, 7, 255]],
  ])("reads grey PNG of %i bits", async (depth, packed, expected) => {
    const image = await decodeImage(
      pngFile(expected.length, 1, depth, 0, Uint8Array.from([0, ...packed])),
    );
    expect([...image.data]).toEqual(expected.flatMap((value) => [value, value, value]));
  });
});

describe("decodeImage on transparency and orientation", () => {
  it("composites alpha over the background, white unless told otherwise", async () => {
    const rgba = await sharp(Uint8Array.from([0, 0, 0, 0, 200, 100, 50, 255]), {
      raw: { width: 2, height: 1, channels: 4 },
    })
      .png()
      .toBuffer();
    expect([...(await decodeImage(rgba)).data]).toEqual([255, 255, 255, 200, 100, 50]);
    expect([...(await decodeImage(rgba, { background: [10, 20, 30] })).data]).toEqual([
      10, 20, 30, 200, 100, 50,
    ]);
    const grey16 = pngFile(2, 1, 16, 4, Uint8Array.from([0, 80, 0, 255, 255, 80, 0, 0, 0]));
    expect([...(await decodeImage(grey16, { background: [10, 20, 30] })).data]).toEqual([
      80, 80, 80, 10, 20, 30,
    ]);
    const grey = pngFile(3, 1, 8, 4, Uint8Array.from([0, 80, 255, 80, 0, 0, 128]));
    const [opaque, , , clear, , , half] = (await decodeImage(grey)).data;
    expect([opaque, clear]).toEqual([80, 255]);
    expect(Math.abs(half! - 127)).toBeLessThanOrEqual(1);
    const webp = await sharp(Uint8Array.from([9, 9, 9, 0]), {
      raw: { width: 1, height: 1, channels: 4 },
    })
      .webp({ lossless: true })
      .toBuffer();
    expect([...(await decodeImage(webp, { background: [1, 2, 3] })).data]).toEqual([1, 2, 3]);
  });

  it("honours a transparent colour in a PNG without alpha channel", async () => {
    const bytes = pngFile(2, 1, 8, 2, Uint8Array.from([0, 1, 2, 3, 4, 5, 6]), [
      chunk("tRNS", Uint8Array.from([0, 1, 0, 2, 0, 3])),
    ]);
    expect([...(await decodeImage(bytes, { background: [99, 98, 97] })).data]).toEqual([
      99, 98, 97, 4, 5, 6,
    ]);
  });

  // The EXIF orientation and which stored quarter is seen at the top left, top right, bottom left and bottom right.
  it.each([
    [1, [0, 1, 2, 3]],
    [2, [1, 0, 3, 2]],
    [3, [3, 2, 1, 0]],
    [4, [2, 3, 0, 1]],
    [5, [0, 2, 1, 3]],
    [6, [2, 0, 3, 1]],
    [7, [3, 1, 2, 0]],
    [8, [1, 3, 0, 2]],
  ])("turns pictures of EXIF orientation %i upright", async (orientation, seen) => {
    const bytes = await rgb(quarters(64, 32))
      .jpeg({ quality: 95 })
      .withMetadata({ orientation })
      .toBuffer();
    const image = await decodeImage(bytes, { cover: { width: 16, height: 16 } });
    const turned = orientation > 4;
    expect([image.width, image.height]).toEqual(turned ? [16, 32] : [32, 16]);
    expect(image.original).toEqual(turned ? { width: 32, height: 64 } : { width: 64, height: 32 });
    expectNear(
      corners(image),
      seen.map((quarter) => QUARTERS[quarter]!),
      10,
    );
  });
});

describe("decodeImage on frames, profiles and sizes", () => {
  it("takes the first frame", async () => {
    const strip = Uint8Array.from({ length: 4 * 8 * 3 }, (_, i) => (i < 4 * 4 * 3 ? 200 : 10));
    const gif = await sharp(strip, { raw: { width: 4, height: 8, channels: 3, pageHeight: 4 } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const image = await decodeImage(gif);
    expect([image.width, image.height]).toEqual([4, 4]);
    expect([...new Set(image.data)]).toEqual([200]);
  });

  it("converts colour profiles to sRGB", async () => {
    const p3 = await rgb(quarters(16, 16)).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect([...stored.subarray(0, 3)]).not.toEqual([255, 0, 0]);
    expectNear(corners(await decodeImage(p3)), QUARTERS, 4);
  });

  it("makes smaller without aliasing", async () => {
    const stripes = {
      width: 64,
      height: 64,
      data: Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (Math.floor(i / 3) % 2) * 255),
    };
    const image = await decodeImage(await encodePng(stripes), { cover: { width: 16, height: 16 } });
    for (const value of image.data) expect(Math.abs(value - 127.5)).toBeLessThan(16);
  });

  it("keeps the aspect ratio when resizing", async () => {
    const bytes = await encodePng(quarters(90, 40));
    expect(await decodeImage(bytes, { cover: { width: 20, height: 20 } })).toMatchObject({
      width: 45,
      height: 20,
      original: { width: 90, height: 40 },
    });
    expect(await decodeImage(bytes, { cover: { width: 80, height: 80 } })).toMatchObject({
      width: 180,
      height: 80,
    });
  });

  it("reads from a path", async () => {
    const path = join(folder, "ä ö 图.png");
    await writeFile(path, await encodePng(quarters(8, 8)));
    expect(corners(await decodeImage(path))).toEqual(QUARTERS);
    const large = join(folder, "large.png");
    await writeFile(large, await encodePng(noise(400, 400)));
    expect(Buffer.compare((await decodeImage(large)).data, noise(400, 400).data)).toBe(0);
  });
});

describe("decodeImage on files it cannot read", () => {
  const failure = async (bytes: Uint8Array, name = "a.png"): Promise<string> => {
    const error = await decodeImage(bytes, { name }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MediaError);
    return (error as MediaError).message;
  };

  it("names a picture that is too large, its size and the limit, and uses little memory", async () => {
    const huge = pngFile(30_000, 30_000, 8, 2, new Uint8Array(1000));
    const before = process.memoryUsage().rss;
    const message = await failure(huge, "huge.png");
    expect(message).toContain(
      "huge.png: the picture is too large (30000x30000, 900 million pixels), expected at most 134 million pixels.",
    );
    expect(message).toContain("Make it smaller");
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * 2 ** 20);
  });

  it("refuses a resize beyond the limit", async () => {
    const thin = await encodePng({ width: 1, height: 3000, data: new Uint8Array(9000) });
    await expect(
      decodeImage(thin, { name: "thin.png", cover: { width: 512, height: 512 } }),
    ).rejects.toThrow("too large after resizing (512x1536000");
  });

  it.each(["jpeg", "png", "webp", "avif", "gif", "tiff"] as const)(
    "rejects a %s file that is cut off",
    async (format) => {
      const bytes = await rgb(noise(64, 64)).toFormat(format).toBuffer();
      expect(await failure(bytes.subarray(0, Math.floor(bytes.length * 0.6)))).toContain(
        "a.png: the picture cannot be decoded",
      );
    },
  );

  it("rejects damage inside a small PNG", async () => {
    const bytes = await encodePng(noise(32, 32));
    const damaged = Uint8Array.from(bytes);
    damaged[bytes.length >> 1]! ^= 0xff;
    expect(await failure(damaged)).toContain("cannot be decoded");
  });

  it("rejects empty, foreign and missing files", async () => {
    expect(await failure(new Uint8Array())).toContain("a.png: the file is empty (0 bytes)");
    expect(await failure(Buffer.from("just some text"))).toContain("cannot be decoded");
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4"/></svg>',
    );
    expect(await failure(svg)).toContain("it is a svg file");
    await expect(decodeImage(join(folder, "none.png"))).rejects.toThrow(MediaError);
    await expect(decodeImage(join(folder, "none.png"))).rejects.toThrow("cannot be opened");
  });
});

describe("decodePlainPng", () => {
  const colours = [
    [0, 1],
    [2, 3],
    [4, 2],
    [6, 4],
  ] as const;
  const cases = colours.flatMap((colour) => [0, 1, 2, 3, 4].map((first) => [...colour, first]));

  it.each(cases as [number, number, number][])(
    "undoes all filters and alpha as libvips does (colour type %i, %i channels, first row's filter %i)",
    async (colourType, channels, first) => {
      const random = new Random(3).split(colourType);
      const [width, height] = [41, 80];
      const stride = width * channels;
      // Random bytes behind any filter type are a valid picture.
      const rows = Uint8Array.from({ length: height * (stride + 1) }, (_, i) =>
        i % (stride + 1) === 0 ? (first + Math.floor(i / (stride + 1))) % 5 : random.integer(256),
      );
      const plain = pngFile(width, height, 8, colourType, rows);
      // A comment changes no pixel but sends the file to libvips.
      const commented = pngFile(width, height, 8, colourType, rows, [
        chunk("tEXt", Buffer.from("Comment\0x")),
      ]);
      for (const background of [
        [255, 255, 255],
        [13, 200, 77],
      ] as const) {
        expect(decodePlainPng(plain, background)).toMatchObject({ width, height });
        expect(decodePlainPng(commented, background)).toBeUndefined();
        const [fast, slow] = await Promise.all([
          decodeImage(plain, { background }),
          decodeImage(commented, { background }),
        ]);
        expect(Buffer.compare(fast.data, slow.data)).toBe(0);
      }
    },
  );

  it("joins several IDAT chunks", async () => {
    const rows = deflateSync(Uint8Array.from([0, 1, 2, 3, 4, 5, 6]));
    const whole = pngFile(2, 1, 8, 2, new Uint8Array());
    const split = Buffer.concat([
      whole.subarray(0, 33),
      chunk("IDAT", rows.subarray(0, 3)),
      chunk("IDAT", rows.subarray(3)),
      chunk("IEND", new Uint8Array()),
    ]);
    expect([...decodePlainPng(split, WHITE)!.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("leaves everything that is not plain to libvips", async () => {
    const plain = await encodePng(noise(8, 8));
    expect(decodePlainPng(plain, WHITE)).toBeDefined();
    expect(
      decodePlainPng(await rgb(noise(8, 8)).png({ progressive: true }).toBuffer(), WHITE),
    ).toBeUndefined();
    expect(
      decodePlainPng(await rgb(noise(8, 8)).png({ palette: true }).toBuffer(), WHITE),
    ).toBeUndefined();
    expect(
      decodePlainPng(await rgb(noise(8, 8)).withIccProfile("p3").png().toBuffer(), WHITE),
    ).toBeUndefined();
    expect(
      decodePlainPng(
        await rgb(noise(8, 8)).withMetadata({ orientation: 6 }).png().toBuffer(),
        WHITE,
      ),
    ).toBeUndefined();
    expect(decodePlainPng(await rgb(noise(8, 8)).jpeg().toBuffer(), WHITE)).toBeUndefined();
    for (const length of [0, 10, 33, 50, plain.length - 1])
      expect(decodePlainPng(plain.subarray(0, length), WHITE)).toBeUndefined();
  });
});

describe("writeImage", () => {
  it("writes PNG without loss, and JPEG and WebP nearly so", async () => {
    const image = quarters(64, 64);
    await writeImage(join(folder, "new", "a.png"), image);
    expect(Buffer.compare((await decodeImage(join(folder, "new", "a.png"))).data, image.data)).toBe(
      0,
    );
    for (const name of ["a.jpg", "a.JPEG", "a.webp"]) {
      await writeImage(join(folder, name), image);
      expectNear(corners(await decodeImage(join(folder, name))), QUARTERS, 12);
    }
    expect((await sharp(await readFile(join(folder, "a.webp"))).metadata()).format).toBe("webp");
  });

  it("rejects other extensions and unwritable places", async () => {
    await expect(writeImage(join(folder, "a.bmp"), quarters(4, 4))).rejects.toThrow(
      'not written as ".bmp", expected one of .png, .jpg',
    );
    await writeFile(join(folder, "file"), "");
    await expect(writeImage(join(folder, "file", "a.png"), quarters(4, 4))).rejects.toThrow(
      MediaError,
    );
  });
});

describe("resizeImage", () => {
  it("keeps flat areas and gives the size asked for", async () => {
    const image = await resizeImage(quarters(40, 40), 16, 12);
    expect([image.width, image.height, image.data.length]).toEqual([16, 12, 16 * 12 * 3]);
    expectNear(corners(image), QUARTERS, 3);
  });
});
