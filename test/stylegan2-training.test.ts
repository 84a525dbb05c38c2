import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { CheckpointError, ConfigError } from "../src/base/errors.ts";
import { Random } from "../src/base/random.ts";
import type { HostTensor } from "../src/base/tensor.ts";
import { Generator } from "../src/create/generator.ts";
import { memoryDataset } from "../src/data/memory.ts";
import { Sampler } from "../src/data/sampler.ts";
import { Engine } from "../src/engine/engine.ts";
import type { Image } from "../src/media/image.ts";
import { encodeGenerator } from "../src/models/model-file.ts";
import { importStyleGan2 } from "../src/models/stylegan2/import.ts";
import { resolveConfig } from "../src/train/config.ts";
import type { TrainOptions } from "../src/train/options.ts";
import { emaOf } from "../src/train/phases.ts";
import { type Session, startSession } from "../src/train/session.node.ts";
import { readStart } from "../src/train/start.node.ts";
import { Trainer } from "../src/train/trainer.ts";
import { discPictures } from "./support/pictures.ts";

const PICKLE = join(import.meta.dirname, "../src/models/import/goldens/stylegan2.pkl");
const SIDE = 16;

const OPTIONS: TrainOptions = {
  family: "stylegan2",
  resolution: SIDE,
  widths: [8, 8, 8],
  latent: 8,
  batch: 4,
  penaltyEvery: 4,
  pathLength: 2,
  iterations: 6,
  threads: 1,
};

const images = Array.from({ length: 12 }, (_, seed): Image => {
  const random = new Random(seed);
  const data = Uint8Array.from({ length: 3 * SIDE * SIDE }, () => random.integer(256));
  return { width: SIDE, height: SIDE, data };
});

async function trainerOf(options: TrainOptions, engine: Engine): Promise<Trainer> {
  const dataset = await memoryDataset(images, {});
  const data = { source: "memory", hash: "", pictures: images.length, classes: [] };
  const config = resolveConfig(options, data, 1);
  return Trainer.create(config, engine, new Sampler(dataset, { seed: 0, mirror: true }));
}

async function stateOf(trainer: Trainer): Promise<Map<string, HostTensor>> {
  const names = trainer.checkpointNames;
  return new Map(
    await Promise.all(names.map(async (n) => [n, await trainer.state.get(n)] as const)),
  );
}

function sameNumbers(a: HostTensor["data"] | undefined, b: HostTensor["data"]): boolean {
  return a?.length === b.length && b.every((x, i) => x === a[i]);
}

describe("training StyleGAN2", () => {
  it("stays finite, averages w, and continues after a stop as if it had not stopped", async () => {
    const engine = await Engine.create({ threads: 1 }); // one for both: each measures for itself which kernels to take
    const whole = await trainerOf(OPTIONS, engine);
    let stopped: Map<string, HostTensor> | undefined;
    let progress = whole.progress;
    while (!whole.finished) {
      const report = await whole.step();
      const { step } = whole.progress;
      expect(report.pathLength !== undefined).toBe(step % 4 === 1);
      expect(report.r1 !== undefined).toBe(step % 4 === 1);
      for (const value of Object.values(report)) expect(Number.isFinite(value)).toBe(true);
      if (step === 3) {
        stopped = structuredClone(await stateOf(whole));
        progress = whole.progress;
      }
    }
    const end = await stateOf(whole);
    for (const name of ["G/mapping/w_avg", emaOf("G/mapping/w_avg"), "G/path_length"])
      expect([...(end.get(name)?.data ?? [])].some((x) => x !== 0)).toBe(true);
    const other = await trainerOf(OPTIONS, engine);
    other.restore(stopped ?? new Map(), progress);
    while (!other.finished) await other.step();
    const after = await stateOf(other);
    const differing = [...end].filter(
      ([name, { data }]) => !sameNumbers(after.get(name)?.data, data),
    );
    expect(differing.map(([name]) => name)).toEqual([]);
    expect(after.size).toBe(end.size);
    await whole.dispose();
    await other.dispose();
  });
});

describe("truncation in w", () => {
  const { architecture, average } = importStyleGan2(readFileSync(PICKLE), PICKLE);
  const info = { version: 1, architecture, classes: [], kimg: 0, data: "x" } as const;
  const bytes = encodeGenerator(info, average);

  const spread = async (options: { truncationPsi: number; centres?: number }): Promise<number> => {
    const generator = await Generator.decode(bytes, "model.onnx", { threads: 1 });
    const seeds = Array.from({ length: 40 }, (_, i) => i);
    const different = new Set<string>();
    for await (const { data } of generator.fromSeeds(seeds, options)) different.add(data.join());
    await generator.dispose();
    return different.size;
  };

  it("makes one picture of all seeds at 0, and one a centre with several", async () => {
    expect(await spread({ truncationPsi: 1 })).toBe(40);
    expect(await spread({ truncationPsi: 0 })).toBe(1);
    const kinds = await spread({ truncationPsi: 0, centres: 3 });
    expect(kinds).toBeGreaterThan(1);
    expect(kinds).toBeLessThanOrEqual(3);
  });

  it("walks straight through w", async () => {
    const generator = await Generator.decode(bytes, "model.onnx", { threads: 1 });
    const path = await generator.path([1, 2], { truncationPsi: 0.5 });
    const at = (t: number): Float32Array => (path(t) as { w: Float32Array }).w;
    const [a, b] = [at(0), at(0.5)];
    for (const [i, x] of at(0.25).entries())
      expect(x).toBeCloseTo(((a[i] as number) + (b[i] as number)) / 2, 5);
    const first = await generator.fromSeeds([1], { truncationPsi: 0.5 }).next();
    expect((await generator.generate([path(1)]).next()).value).toEqual(first.value);
    await generator.dispose();
  });
});

describe("a training that starts from a model", () => {
  const runs = mkdtempSync(join(tmpdir(), "ganbox-from-"));
  let source = "";
  beforeAll(async () => {
    process.env.GANBOX_CACHE = mkdtempSync(join(tmpdir(), "ganbox-cache-"));
    source = await discPictures(20, SIDE);
  });

  const start = (options: TrainOptions): Promise<Session> =>
    startSession(
      source,
      { batch: 4, threads: 1, iterations: 1, ...options },
      runs,
      () => undefined,
    );

  it("has its networks and weights, and leaves frozen parts as they are", async () => {
    const { average, generator, discriminator } = importStyleGan2(readFileSync(PICKLE), PICKLE);
    const { run, trainer, warnings } = await start({ from: PICKLE, freeze: 2 });
    expect(warnings).toEqual([]);
    expect(run.config).toMatchObject({
      architecture: {
        family: "stylegan2",
        height: SIDE,
        width: SIDE,
        extra: { clamp: 256, group: 4 },
      },
      from: { source: PICKLE, freeze: 2, hash: (await readStart(PICKLE)).hash },
    });
    const all = [...(generator() ?? []), ...(discriminator() ?? [])];
    for (const [name, { data }] of all) expect(trainer.state.peek(name).data).toEqual(data);
    for (const [name, { data }] of average)
      expect(trainer.state.peek(emaOf(name)).data).toEqual(data);
    await trainer.step();
    for (const [name, { data }] of discriminator() ?? []) {
      const frozen = name.startsWith("D/b16/") || name.startsWith("D/b8/");
      const now = (await trainer.state.get(name)).data;
      if (frozen) expect(now).toEqual(data);
      else expect(now).not.toEqual(data);
    }
    await trainer.dispose();
  });

  it("makes a new discriminator where the model has none, and says so", async () => {
    const { architecture, average } = importStyleGan2(readFileSync(PICKLE), PICKLE);
    const file = join(runs, "model.onnx");
    const info = { version: 1, architecture, classes: [], kimg: 0, data: "x" } as const;
    writeFileSync(file, encodeGenerator(info, average));
    const { trainer, warnings } = await start({ from: file });
    expect(warnings.join()).toMatch(/no discriminator; it starts anew/);
    const name = "G/synthesis/b8/conv0/weight";
    expect(trainer.state.peek(name).data).toEqual(average.get(name)?.data);
    await trainer.dispose();
  });

  it.each([
    ["another family", { from: PICKLE, family: "r3gan" }, ConfigError, /family: got r3gan/],
    ["another resolution", { from: PICKLE, resolution: 32 }, ConfigError, /resolution: got 32/],
    ["all parts frozen", { from: PICKLE, freeze: 9 }, ConfigError, /freeze: got 9/],
    ["freezing without a model", { ...OPTIONS, freeze: 1 }, ConfigError, /freeze: got 1 without/],
    ["no file", { from: "nowhere.pkl" }, CheckpointError, /no such file/],
  ] as const)("refuses %s", async (_, options, kind, message) => {
    const wrong = start(options as TrainOptions);
    await expect(wrong).rejects.toThrow(kind);
    await expect(wrong).rejects.toThrow(message);
    expect(existsSync(runs)).toBe(true);
  });
});
