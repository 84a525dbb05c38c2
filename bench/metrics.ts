/**
 * Frechet and kernel distance of two sets of features, in turn with torch-fidelity. Method: bench/README.md.
 *
 *     npm run bench:metrics -- [--rounds 5] [--threads 2]
 */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../src/base/random.ts";
import type { Features } from "../src/metrics/features.ts";
import { frechetDistance } from "../src/metrics/frechet.ts";
import { kernelDistance } from "../src/metrics/kernel-distance.ts";
import { gaussianOf } from "../src/metrics/statistics.ts";
import { findPython } from "../test/python.ts";
import { Peer } from "./peer.ts";

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: String(availableParallelism()) },
  },
});
const rounds = Number(flags.rounds);
const threads = Number(flags.threads);

/** Pictures a set and numbers a picture: mixed5 with few and many pictures, Inception's pool3 with as many as are usual. */
const SIZES = [
  { count: 2000, width: 768 },
  { count: 10_000, width: 768 },
  { count: 10_000, width: 2048 },
] as const;

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

function normal(seed: number, count: number, width: number): Features {
  const data = new Random(seed).fillNormal(new Float32Array(count * width)).map(Math.abs);
  return { count, width, data };
}

const METRICS = {
  fd: async (real: Features, generated: Features) =>
    frechetDistance(await gaussianOf(real), await gaussianOf(generated)),
  kid: kernelDistance,
} as const;

const row = (...cells: (string | number)[]): string => `| ${cells.join(" | ")} |`;
const python = findPython("torch_fidelity");
if (python === undefined)
  console.log(
    "torch-fidelity is not here, so only Ganbox is measured. Name a Python that has it in PYTHON, or a copy of its repository in PYTHONPATH.\n",
  );
console.log(
  `${cpus()[0]?.model}, ${threads} threads, Node ${process.version}, medians of ${rounds}\n`,
);
console.log(row("pictures", "features", "metric", "Ganbox, s", "torch-fidelity, s", "ratio"));
console.log(row(...Array.from({ length: 6 }, () => "---")));
for (const { count, width } of SIZES) {
  const [real, generated] = [normal(1, count, width), normal(2, count, width)];
  const settings = JSON.stringify({ threads, count, width });
  const script = join(import.meta.dirname, "torch/fidelity.py");
  const peer =
    python === undefined
      ? undefined
      : await Peer.start("torch-fidelity", python, [script, settings]);
  for (const [name, measure] of Object.entries(METRICS)) {
    const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      await measure(real, generated);
      times.ours.push((performance.now() - start) / 1000);
      if (peer !== undefined) times.theirs.push(await peer.measure(name));
    }
    const [ours, theirs] = [median(times.ours), median(times.theirs)];
    const ratio = peer === undefined ? "-" : `${(theirs / ours).toFixed(1)}x`;
    console.log(row(count, width, name, ours.toFixed(2), peer ? theirs.toFixed(2) : "-", ratio));
  }
  await peer?.end();
}
