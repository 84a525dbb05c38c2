/**
 * Trains and generates side by side with PyTorch on the CPU, and times what a user waits for. Method: bench/README.md.
 *
 *     npm run bench -- [--rounds 7] [--threads 2] [--network "64 px, wide"]
 */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findPython } from "../test/python.ts";
import { measureColdStart } from "./cold-start.ts";
import { measurePacking } from "./packing.ts";
import { Peer } from "./peer.ts";
import {
  type BenchNetwork,
  configOf,
  networksNamed,
  type Settings,
  settingsOf,
} from "./settings.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    threads: { type: "string", default: String(availableParallelism()) },
    network: { type: "string" },
  },
});
const rounds = Math.max(5, Number(flags.rounds));
const threads = Number(flags.threads);
const networks = networksNamed(flags.network);

type Work = "train" | "generate";

/** Seconds of each side's measurements, in turn. */
interface Result {
  readonly ours: number;
  readonly torch: number | undefined;
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

const startOurs = ({ name }: BenchNetwork): Promise<Peer> =>
  Peer.start("ganbox", process.execPath, [
    "--conditions=@ganbox/source",
    "--import",
    "tsx",
    join(import.meta.dirname, "ours.ts"),
    name,
    String(threads),
  ]);

/** The sizes of a pass with which PyTorch is faster: ours, or the whole batch at once. It is given the better one. */
async function bestTorch(python: string, settings: Settings): Promise<Settings> {
  const trials: { settings: Settings; seconds: number }[] = [];
  for (const microBatch of new Set([settings.microBatch, settings.batch])) {
    const trial = { ...settings, microBatch };
    const peer = await Peer.startTorch(python, trial);
    await peer.measure("train");
    const times = [await peer.measure("train"), await peer.measure("train")];
    trials.push({ settings: trial, seconds: Math.min(...times) });
    await peer.end();
  }
  return trials.sort((a, b) => a.seconds - b.seconds)[0]?.settings ?? settings;
}

/** Medians of both peers, which take turns. The first measurement of each is not counted. */
async function alternate(ours: Peer, torch: Peer | undefined, work: Work): Promise<Result> {
  const times: { ours: number[]; torch: number[] } = { ours: [], torch: [] };
  for (let round = 0; round <= rounds; round++) {
    const a = await ours.measure(work);
    const b = await torch?.measure(work);
    if (round === 0) continue;
    times.ours.push(a);
    if (b !== undefined) times.torch.push(b);
  }
  return { ours: median(times.ours), torch: torch && median(times.torch) };
}

const row = (...cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;

/** `value` for one side, `value` for the other, and how many times the first is the second. */
function versus(ours: number, torch: number | undefined, digits: number): string[] {
  if (torch === undefined) return [ours.toFixed(digits), "-", "-"];
  return [ours.toFixed(digits), torch.toFixed(digits), `${(ours / torch).toFixed(2)}x`];
}

async function compare(network: BenchNetwork, python: string | undefined): Promise<string> {
  const config = configOf(network, threads);
  const settings = settingsOf(config);
  // A first process measures the kernels of this machine, as a user's first training does; the one that is timed knows them.
  await (await startOurs(network)).end();
  const torchSettings = python === undefined ? settings : await bestTorch(python, settings);
  const ours = await startOurs(network);
  const torch = python === undefined ? undefined : await Peer.startTorch(python, torchSettings);
  const train = await alternate(ours, torch, "train");
  const generate = await alternate(ours, torch, "generate");
  const [oursMb, torchMb] = [await ours.end(), await torch?.end()];
  const trained = settings.batch * settings.steps;
  const rate = (images: number, seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : images / seconds;
  return row(
    `${network.name} (${settings.widths.join("-")})`,
    ...versus(trained / train.ours, rate(trained, train.torch), 1),
    ...versus(oursMb, torchMb, 0),
    ...versus(settings.generate / generate.ours, rate(settings.generate, generate.torch), 0),
    torchSettings.microBatch,
  );
}

const python = findPython("torch");
if (python === undefined) {
  console.log(
    "PyTorch is not here, so only Ganbox is measured. Install it (Debian: apt-get install python3-torch), or name a Python that has it in PYTHON.\n",
  );
}
console.log(
  `${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, medians of ${rounds}\n`,
);
const sides = ["Ganbox", "PyTorch", "ratio"];
console.log(
  row(
    "network",
    ...sides.map((s) => `train, img/s: ${s}`),
    ...sides.map((s) => `memory, MB: ${s}`),
    ...sides.map((s) => `generate, img/s: ${s}`),
    "PyTorch's pass",
  ),
);
console.log(row(...Array.from({ length: 11 }, () => "---")));
for (const network of networks) console.log(await compare(network, python));

const coldStart = median(measureColdStart(rounds));
console.log(
  `\n\`ganbox generate\`, one 64x64 picture from a cold start: ${coldStart.toFixed(2)} s`,
);
const packing = median(await measurePacking(10_000, 5));
console.log(`decoding and packing 10,000 PNGs of 64x64 pixels: ${packing.toFixed(2)} s`);
