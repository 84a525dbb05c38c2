import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import type { Image } from "../../media/image.ts";
import type { Architecture } from "../../models/family.ts";
import { encodeGenerator, generatorGraph } from "../../models/model-file.ts";
import { initialize } from "../../nn/parameters.ts";
import { Generator, type Latent } from "../generator.ts";
import { momentOf, movingLatentOf } from "./moving-latent.ts";
import { writeFilm } from "./write-film.node.ts";

const architecture: Architecture = {
  family: "video",
  channels: 3,
  height: 8,
  width: 8,
  latent: 8,
  classes: 0,
  widths: [16, 16],
  blocks: 1,
  expansion: 1,
  groupSize: 0,
  extra: { frames: 3, seconds: 1, fps: 10 },
};

async function modelOf(a: Architecture): Promise<Generator> {
  const weights = initialize(generatorGraph(a, 1).parameters.list(), new Random(7));
  const info = { version: 1, architecture: a, classes: [], kimg: 0, data: "none" } as const;
  return await Generator.decode(encodeGenerator(info, weights), "test.onnx", { threads: 1 });
}

const root = mkdtempSync(join(tmpdir(), "ganbox-film-"));
let generator: Generator;
beforeAll(async () => {
  generator = await modelOf(architecture);
});
afterAll(async () => {
  await generator.dispose();
  rmSync(root, { recursive: true, force: true });
});

async function pictures(latents: readonly Latent[]): Promise<Image[]> {
  const images: Image[] = [];
  for await (const image of generator.generate(latents)) images.push(image);
  return images;
}

describe("films of a video model", () => {
  it("show the same at the same time, whatever their rate and length", async () => {
    const film = movingLatentOf(generator, 3);
    const [a, b] = await pictures([
      momentOf(architecture, film, 0.5),
      momentOf(architecture, movingLatentOf(generator, 3), 0.5),
    ]);
    expect(a).toEqual(b);
    const [later] = await pictures([momentOf(architecture, film, 0.9)]);
    expect(later).not.toEqual(a);
  });

  it("loop without a seam", async () => {
    const film = movingLatentOf(generator, 1);
    const [begin, end] = await pictures([
      momentOf(architecture, film, 0, 2.3),
      momentOf(architecture, film, 2.3, 2.3),
    ]);
    for (const [i, byte] of (begin?.data ?? []).entries())
      expect(Math.abs(byte - (end?.data[i] as number))).toBeLessThanOrEqual(1);
  });

  it("are written at any rate, several side by side", async () => {
    const path = join(root, "films.gif");
    const seeds = [0, 1, 2, 3];
    await writeFilm(generator, path, { seconds: 0.5, fps: 20, seeds, size: 8 });
    const { width, height, pages } = await sharp(path).metadata();
    expect([width, height, pages]).toEqual([16, 16, 10]);
  });

  it("are not made by models of pictures", async () => {
    const other = await modelOf({ ...architecture, family: "r3gan" });
    const path = join(root, "no.gif");
    await expect(writeFilm(other, path, { seconds: 1 })).rejects.toThrow(CheckpointError);
    await other.dispose();
  });

  it("go on where another film ends", async () => {
    const [from, more] = [join(root, "from.gif"), join(root, "more.gif")];
    await writeFilm(generator, from, { seconds: 1, fps: 10, seeds: [5], size: 8 });
    let steps = 0;
    const onProgress = (): void => void steps++;
    const options = { seconds: 0.3, fps: 10, size: 8, continue: from, onProgress };
    await writeFilm(generator, more, options);
    expect(steps).toBeGreaterThan(100);
    const last = await sharp(from, { page: 9 }).removeAlpha().raw().toBuffer();
    const next = await sharp(more).removeAlpha().raw().toBuffer();
    const strange = await pictures([momentOf(architecture, movingLatentOf(generator, 6), 0)]);
    const apart = (a: Uint8Array): number =>
      a.reduce((sum, byte, i) => sum + Math.abs(byte - (last[i] as number)), 0) / last.length;
    expect(apart(next)).toBeLessThan(apart((strange[0] as Image).data) / 2);
  });
});
