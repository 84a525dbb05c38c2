/**
 * How much of the machine's own limit the phases of a training step reach: multiplications and additions of their convolutions and matrix products a
 * second, beside those of one large matrix product. Method: bench/README.md.
 *
 *     npm run bench:limit -- [--rounds 7] [--threads 2] [--network "64 px, wide"]
 */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import { sizeOf } from "../src/base/shape.ts";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { defaultCacheDir } from "../src/data/cache-dir.node.ts";
import { Sampler } from "../src/data/sampler.ts";
import { Engine } from "../src/engine/engine.ts";
import { fileStore } from "../src/engine/tuning-store.node.ts";
import { input, matmul } from "../src/graph/ops/index.ts";
import { eliminateCommonSubexpressions } from "../src/graph/passes.ts";
import { isOp, topologicalOrder, type Value } from "../src/graph/value.ts";
import type { Phase } from "../src/train/phases.ts";
import { Trainer } from "../src/train/trainer.ts";
import { randomPictures } from "./pictures.ts";
import { configOf, networksNamed } from "./settings.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    threads: { type: "string", default: String(availableParallelism()) },
    network: { type: "string" },
  },
});
const rounds = Number(flags.rounds);
const threads = Number(flags.threads);

/** Side of the matrices whose product is the limit. */
const SIDE = 1024;

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

async function timed(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    await run();
    if (round > 0) times.push((performance.now() - start) / 1000);
  }
  return median(times);
}

/** Two for each multiplication that an operation's definition asks for, whatever kernel computes it. */
function operationsOf(value: Value): number {
  const [a, b] = value.inputs as [Value, Value];
  const perOutput = ([, channels = 0, height = 0, width = 0]: readonly number[]): number =>
    2 * channels * height * width;
  if (isOp(value, "Conv")) return sizeOf(value.shape) * perOutput(b.shape);
  if (isOp(value, "ConvInputGrad")) return sizeOf(a.shape) * perOutput(b.shape);
  if (isOp(value, "ConvWeightGrad")) return sizeOf(b.shape) * perOutput(value.shape);
  if (isOp(value, "MatMul")) return sizeOf(value.shape) * 2 * (a.shape.at(-1) as number);
  return 0;
}

/** Operations of one pass. */
function operations({ pass }: Phase): number {
  const graph = eliminateCommonSubexpressions(Object.values(pass));
  return topologicalOrder(graph).reduce((sum, value) => sum + operationsOf(value), 0);
}

/** Something for every input of a pass that is no state. */
function feedsOf({ pass }: Phase, trainer: Trainer): Record<string, HostTensor> {
  const feeds: Record<string, HostTensor> = {};
  const random = new Random(0);
  for (const value of topologicalOrder(Object.values(pass))) {
    if (!isOp(value, "Input") || trainer.state.live(value.attrs.name) !== undefined) continue;
    const size = sizeOf(value.shape);
    const data =
      value.dtype === "uint8"
        ? new Uint8Array(size).map(() => random.integer(256))
        : new Float32Array(size).map(() => random.uniform());
    feeds[value.attrs.name] = hostTensor(
      value.dtype as "float32",
      value.shape,
      data as Float32Array,
    );
  }
  return feeds;
}

async function limitOf(engine: Engine): Promise<number> {
  const [a, b] = [input("a", [SIDE, SIDE]), input("b", [SIDE, SIDE])];
  const program = await engine.compile({ product: matmul(a, b) });
  const random = new Random(0);
  const matrix = (): HostTensor =>
    hostTensor("float32", [SIDE, SIDE], random.fillNormal(new Float32Array(SIDE ** 2)));
  const feeds = { a: matrix(), b: matrix() };
  return (2 * SIDE ** 3) / (await timed(() => program.run(feeds)));
}

const row = (...cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;
console.log(
  `${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, medians of ${rounds}\n`,
);
console.log(row("network", "phase", "GFLOP a pass", "GFLOP/s", "matrix product, GFLOP/s", "share"));
console.log(row(...Array.from({ length: 6 }, () => "---")));
for (const network of networksNamed(flags.network)) {
  const config = configOf(network, threads);
  const store = fileStore(join(defaultCacheDir(), "lowerings.json"));
  const engine = await Engine.create({ threads, arena: config.arena, store });
  const sampler = new Sampler(randomPictures(network.resolution), { seed: 0, mirror: false });
  const trainer = await Trainer.create(config, engine, sampler);
  for (const phase of trainer.phases.phases) {
    const program = await engine.compile(phase.pass);
    const feeds = feedsOf(phase, trainer);
    const work = operations(phase);
    const limit = await limitOf(engine);
    const rate = work / (await timed(() => program.run(feeds, trainer.state)));
    console.log(
      row(
        network.name,
        phase.name,
        (work / 1e9).toFixed(1),
        (rate / 1e9).toFixed(0),
        (limit / 1e9).toFixed(0),
        `${((100 * rate) / limit).toFixed(0)} %`,
      ),
    );
    await program.dispose();
  }
}
