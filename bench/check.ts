/**
 * Whether the peers in PyTorch are what they are taken for: with the same weights and random numbers, the same pictures, and in every phase of a
 * training step the same loss, gradients and buffers. Ends with an error where one is not.
 *
 *     npm run bench:check -- [--network "64 px, fastgan"]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import { sizeOf } from "../src/base/shape.ts";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { Engine } from "../src/engine/engine.ts";
import { State } from "../src/engine/state.ts";
import { decodeSafetensors, encodeSafetensors } from "../src/graph/safetensors.ts";
import { isOp, topologicalOrder, type Value } from "../src/graph/value.ts";
import { generatorGraph } from "../src/models/model-file.ts";
import { familyOf } from "../src/models/registry.ts";
import { initialize, type Parameter } from "../src/nn/parameters.ts";
import type { RunConfig } from "../src/train/config.ts";
import { buildPhases, emaOf, gradientOf, type Phase } from "../src/train/phases.ts";
import { findPython } from "../test/python.ts";
import { Peer } from "./peer.ts";
import { configOf, networksNamed, settingsOf } from "./settings.ts";

const { values: flags } = parseArgs({ options: { network: { type: "string" } } });

/** Images of a pass: odd, so that halves are uneven, and a pass of the discriminator has as many pairs. The batch has two. */
const PAIRS = 5;
const ROUNDS = 2;

/** Largest differences: of picture values, and of losses, gradients and buffers. */
const LIMIT = { images: 1e-4, rest: 1e-3 } as const;

/** Random inputs that are even between 0 and 1; the others are normal. */
const UNIFORM: ReadonlySet<string> = new Set(["quarter"]);

/** The family whose peer has names of its own. */
const UNCHECKED = "stylegan2";

type Tensors = Map<string, HostTensor>;

/** Starting values of which none is silent: a mistake behind a weight of 0 would not be seen. */
function livelyWeights(parameters: readonly Parameter[]): Tensors {
  const lively = parameters.map((p) => ({
    ...p,
    std: p.name.endsWith("/variance") ? 0.05 : p.std || 0.1,
  }));
  return initialize(lively, new Random(1));
}

/** Inputs of a graph that are no weights: noise, images of noise, and 0.3 for every scalar. */
function feedsOf(outputs: readonly Value[], state: State): Tensors {
  const feeds: Tensors = new Map();
  const random = new Random(2);
  for (const value of topologicalOrder(outputs)) {
    if (!isOp(value, "Input") || state.live(value.attrs.name) !== undefined) continue;
    const { name } = value.attrs;
    const size = sizeOf(value.shape);
    const own = random.split(name);
    const numbers = (draw: () => number): HostTensor =>
      hostTensor("float32", value.shape, new Float32Array(size).map(draw));
    if (value.dtype === "uint8") {
      const bytes = new Uint8Array(size).map(() => own.integer(256));
      feeds.set(name, hostTensor("uint8", value.shape, bytes));
    } else if (value.shape.length === 0)
      feeds.set(
        name,
        numbers(() => 0.3),
      );
    else if (UNIFORM.has(name))
      feeds.set(
        name,
        numbers(() => own.uniform()),
      );
    else
      feeds.set(name, hostTensor("float32", value.shape, own.fillNormal(new Float32Array(size))));
  }
  return feeds;
}

/** One pass of a phase: what it is given, and its loss, gradients and next buffers. */
async function onePass(
  engine: Engine,
  phase: Phase,
  weights: Tensors,
  gamma: number,
): Promise<{ given: Tensors; results: Tensors }> {
  const state = new State();
  for (const [name, tensor] of weights) state.set(name, tensor);
  for (const [name, tensor] of weights) state.set(emaOf(name), tensor);
  for (const { name, shape } of phase.trained)
    state.set(gradientOf(name), hostTensor("float32", shape));
  const feeds = feedsOf(Object.values(phase.pass), state);
  if (feeds.has("gamma")) feeds.set("gamma", hostTensor("float32", [], Float32Array.of(gamma)));
  const program = await engine.compile(phase.pass, { tune: false });
  const { results, next } = await program.run(Object.fromEntries(feeds), state);
  const told: Tensors = new Map([
    [`${phase.name}/loss`, results[`loss${phase.name}`] as HostTensor],
  ]);
  const sums = new Map(phase.trained.map(({ name }) => [gradientOf(name), name]));
  for (const [name, tensor] of next) {
    const of = sums.get(name);
    if (of === undefined && !weights.has(name)) continue;
    const data = (tensor.data as Float32Array).map((v) => (of === undefined ? v : v * ROUNDS));
    const key = of === undefined ? `next/${name}` : `gradient/${of}`;
    told.set(`${phase.name}/${key}`, hostTensor("float32", [...tensor.dims], data));
  }
  await program.dispose();
  const floats = [...feeds].map(([name, { shape, data }]) => {
    return [name, hostTensor("float32", shape, Float32Array.from(data as Float32Array))] as const;
  });
  return { given: new Map([...weights, ...floats]), results: told };
}

/** Pictures of given latents, and what they are made from. */
async function pictures(
  engine: Engine,
  { architecture }: RunConfig,
  weights: Tensors,
): Promise<{ given: Tensors; images: HostTensor }> {
  const { z, images } = generatorGraph(architecture, PAIRS);
  const program = await engine.compile({ images }, { tune: false });
  const state = new State();
  for (const [name, tensor] of weights) state.set(name, tensor);
  const latents = hostTensor("float32", z.shape);
  new Random(3).fillNormal(latents.data);
  const { results } = await program.run({ z: latents }, state);
  return { given: new Map([...weights, ["z", latents]]), images: results.images as HostTensor };
}

const lengthOf = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));

/**
 * Length of the difference of two tensors relative to that of the first: a number next to a bend of leaky ReLU may fall on either side of it.
 * Of images the largest difference.
 */
function differenceOf(ours: HostTensor, torch: HostTensor, images: boolean): number {
  if (ours.shape.join() !== torch.shape.join()) return Number.POSITIVE_INFINITY;
  const off = (ours.data as Float32Array).map((value, i) => value - (torch.data[i] as number));
  if (images) return off.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return lengthOf(off) / (lengthOf(ours.data as Float32Array) || 1);
}

/** What differs between both peers, one line each. */
function mistakes(ours: Tensors, torch: ReadonlyMap<string, HostTensor>): string[] {
  const lines: string[] = [];
  for (const name of new Set([...ours.keys(), ...torch.keys()])) {
    const [a, b] = [ours.get(name), torch.get(name)];
    const images = name === "images";
    const off = a && b ? differenceOf(a, b, images) : Number.POSITIVE_INFINITY;
    if (!(off <= (images ? LIMIT.images : LIMIT.rest)))
      lines.push(`${name}: ${a === undefined ? "only PyTorch has it" : `differs by ${off}`}`);
  }
  return lines;
}

/** Compares one network; what differs. */
async function compare(python: string, config: RunConfig): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "ganbox-check-"));
  const save = (name: string, tensors: Tensors): void =>
    writeFileSync(join(folder, `${name}.safetensors`), encodeSafetensors(tensors));
  try {
    const engine = await Engine.create({ threads: config.threads });
    const { architecture } = config;
    const { parameters, phases } = buildPhases({
      family: familyOf(architecture.family),
      architecture,
      objective: config.objective,
      augmentations: [],
      batch: ROUNDS * PAIRS,
      microBatch: PAIRS,
      replicas: 1,
      beta1: config.beta1,
    });
    const weights = livelyWeights(Object.values(parameters).flat());
    const ours: Tensors = new Map();
    for (const phase of phases) {
      const { given, results } = await onePass(engine, phase, weights, config.gamma[0]);
      save(phase.name, given);
      for (const [name, tensor] of results) ours.set(name, tensor);
    }
    const { given, images } = await pictures(engine, config, weights);
    save("generate", given);
    ours.set("images", images);
    const settings = { ...settingsOf(config), batch: PAIRS, microBatch: PAIRS };
    const peer = await Peer.startTorch(python, settings);
    await peer.measure(`check ${folder}`);
    await peer.end();
    const file = join(folder, "results.safetensors");
    return mistakes(ours, decodeSafetensors(readFileSync(file), file).tensors);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const python = findPython("torch", "numpy");
if (python === undefined) throw new Error("bench: no Python with PyTorch and NumPy was found.");
for (const network of networksNamed(flags.network)) {
  if (network.family === UNCHECKED) continue;
  const lines = await compare(python, configOf(network, 1));
  console.log(
    [`${network.name}: ${lines.length === 0 ? "the same" : "differs"}`, ...lines].join("\n  "),
  );
  if (lines.length > 0) process.exitCode = 1;
}
