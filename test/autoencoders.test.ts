import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../src/base/errors.ts";
import type { StartEvent } from "../src/base/events.ts";
import { GAN } from "../src/box/gan.ts";
import { GANbox } from "../src/box/ganbox.ts";
import { VAE } from "../src/box/vae.ts";
import { VAEGAN } from "../src/box/vaegan.ts";
import { decodeImage } from "../src/media/image.node.ts";
import { decodeEncoder, decodeGenerator } from "../src/models/model-file.ts";
import type { TrainOptions } from "../src/train/options.ts";
import { writePictures } from "./cli-pictures.ts";
import { ganbox } from "./cli-process.ts";

const TINY: TrainOptions = { resolution: 8, widths: [16, 16], batch: 8, threads: 1, iterations: 3 };

let folder: string;
let cacheBefore: string | undefined;
let box: GANbox;
let photos: string[];
const vae = new VAE(TINY);
let start: StartEvent | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ganbox-vae-"));
  cacheBefore = process.env.GANBOX_CACHE;
  process.env.GANBOX_CACHE = join(folder, "cache");
  await writePictures(join(folder, "photos"), 12, 24);
  photos = Array.from({ length: 12 }, (_, i) => join(folder, "photos", `picture-${i}.png`));
  box = await GANbox.open(join(folder, "photos"), { runs: join(folder, "runs") });
  for await (const event of vae.train(box)) if (event.type === "start") start = event;
});
afterAll(async () => {
  await vae.dispose();
  if (cacheBefore === undefined) delete process.env.GANBOX_CACHE;
  else process.env.GANBOX_CACHE = cacheBefore;
  rmSync(folder, { recursive: true, force: true });
});

const sizeOf = async (path: string): Promise<number[]> => {
  const { width, height } = await decodeImage(path);
  return [width, height];
};

describe("VAE", () => {
  it("trains without a discriminator, and keeps its encoder beside the generator", () => {
    expect(start).toMatchObject({ family: "vae", parameters: { discriminator: 0 } });
    expect(start?.parameters.encoder).toBeGreaterThan(0);
    const model = (name: string): string => join(vae.run ?? "", "model", name);
    expect(existsSync(model("discriminator.onnx"))).toBe(false);
    const encoder = decodeEncoder(readFileSync(model("encoder.onnx")), "encoder");
    const generator = readFileSync(model("generator.onnx"));
    expect(encoder.info).toEqual(decodeGenerator(generator, "generator").info);
    expect(() => decodeEncoder(generator, "generator")).toThrow(/is no Ganbox encoder/);
  });

  it("makes pictures, reconstructs real ones and goes from one to another", async () => {
    const outputDir = join(folder, "out");
    expect(await vae.generateImage({ seeds: [1], outputDir })).toHaveLength(1);
    const paths = await vae.reconstruct({ pictures: photos, outputDir });
    expect(paths.map((path) => basename(path)).slice(0, 2)).toEqual([
      "0000-picture-0.png",
      "0001-picture-1.png",
    ]);
    expect(await sizeOf(paths[0] as string)).toEqual([8, 8]);
    // Ten originals, ten reconstructions, and both rows again for the two that are left.
    expect(await sizeOf(paths.at(-1) as string)).toEqual([80, 32]);

    const output = join(folder, "way.png");
    const ends = [photos[0] as string, photos[1] as string] as const;
    expect(await vae.interpolate({ pictures: ends, steps: 5, output })).toBe(output);
    expect(await sizeOf(output)).toEqual([40, 8]);
    const strip = await decodeImage(output);
    const first = await decodeImage(paths[0] as string);
    for (let y = 0; y < 8; y++)
      expect([...strip.data.subarray(120 * y, 120 * y + 24)]).toEqual([
        ...first.data.subarray(24 * y, 24 * y + 24),
      ]);
    await expect(vae.interpolate({ pictures: ends, steps: 1, output })).rejects.toThrow(
      /steps: got 1/,
    );
    await expect(vae.reconstruct({ pictures: [], outputDir })).rejects.toThrow(ConfigError);
  });

  it("is opened from its run, and is no other family", async () => {
    const again = await VAE.load(vae.run ?? "");
    expect(again).toBeInstanceOf(VAE);
    expect(await again.generateImage({ seeds: [1], outputDir: folder })).toHaveLength(1);
    await again.dispose();
    await expect(VAEGAN.load(vae.run ?? "")).rejects.toThrow(/family vae, expected vaegan/);
    const options = { ...TINY, family: "r3gan" };
    expect(() => new VAE(options)).toThrow(/VAE: family: got "r3gan", expected "vae"/);
    expect(() => new VAEGAN({ kimg: -1 })).toThrow(/VAEGAN: kimg/);
    await expect(new VAE().reconstruct({ pictures: photos, outputDir: folder })).rejects.toThrow(
      /VAE: there is no generator yet.*VAE\.load/,
    );
  });

  it("works from the command line", async () => {
    const cwd = folder;
    const run = vae.run ?? "";
    const [a, b] = photos as [string, string];
    const reconstructed = await ganbox(["reconstruct", run, a, b, "--out", "again"], { cwd });
    expect(reconstructed.stderr).toBe("");
    expect(reconstructed.stdout.trim().split("\n")).toEqual([
      join("again", "0000-picture-0.png"),
      join("again", "0001-picture-1.png"),
      join("again", "grid.png"),
    ]);
    const strip = ["interpolate", run, a, b, "--steps", "3", "--out", "strip.png"];
    expect(await ganbox(strip, { cwd })).toMatchObject({ code: 0, stdout: "strip.png\n" });
    expect(await sizeOf(join(cwd, "strip.png"))).toEqual([24, 8]);
    const classy = await ganbox([...strip, "--class", "cat"], { cwd });
    expect(classy).toMatchObject({ code: 2 });
    expect(classy.stderr).toMatch(/trained without classes/);
  });
});

describe("a model without an encoder", () => {
  it("says so", async () => {
    const gan = new GAN({ ...TINY, iterations: 1 });
    for await (const _ of gan.train(box));
    const asked = ["reconstruct", gan.run ?? "", photos[0] as string, "--out", "none"];
    const { code, stderr } = await ganbox(asked, { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/no encoder beside this model \(r3gan.*--family vae or vaegan/);
    await gan.dispose();
  });
});
