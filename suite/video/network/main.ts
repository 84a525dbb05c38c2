/**
 * Trains the small network whose features Frechet video distances are measured with, and writes it to models/features/video.onnx.
 *
 *     npx tsx --conditions=@ganbox/source suite/video/network/main.ts [steps]
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Random } from "../../../src/base/random.ts";
import { VideoNetwork } from "../../../src/metrics/video/video-network.ts";
import { digits } from "../../sets/digits.ts";
import { fashion } from "../../sets/fashion.ts";
import { FAULTS, MOTIONS } from "./clips.ts";
import { batchOf, trainVideoNetwork } from "./train.ts";

/** Clips that the network is tried on, of pictures that it has not seen. */
const HELD_OUT = 1000;

const file = resolve(import.meta.dirname, "../../../models/features/video.onnx");
const steps = Number(process.argv[2] ?? 600);
const sets = [digits(), fashion()];
const bytes = await trainVideoNetwork(
  sets.map(({ train }) => train),
  steps,
  0,
  (step, loss, network) => {
    console.log(`step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
    writeFileSync(file, network());
  },
);
writeFileSync(file, bytes);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const network = await VideoNetwork.decode(bytes, { name: "video", sha256, where: "video.onnx" });
const sizes = [20, FAULTS.length, MOTIONS];
const { clips, truth } = batchOf(
  sets.map(({ heldOut }) => heldOut),
  sizes,
  new Random(1),
  HELD_OUT,
);
const { outputs } = await network.run(clips.data, HELD_OUT);
await network.dispose();
const width = 20 + FAULTS.length + MOTIONS;
const largest = (data: Float32Array, row: number, from: number, count: number): number => {
  const part = data.subarray(row * width + from, row * width + from + count);
  return part.indexOf(part.reduce((a, b) => Math.max(a, b)));
};
const share = (from: number, count: number): string => {
  let right = 0;
  for (let i = 0; i < HELD_OUT; i++)
    if (largest(outputs, i, from, count) === largest(truth.data, i, from, count)) right++;
  return `${((100 * right) / HELD_OUT).toFixed(1)} %`;
};
let squares = 0;
for (let i = 0; i < HELD_OUT; i++)
  for (let k = 0; k < MOTIONS; k++) {
    const at = i * width + 20 + FAULTS.length + k;
    squares += ((outputs[at] as number) - (truth.data[at] as number)) ** 2 / (HELD_OUT * MOTIONS);
  }
console.log(
  `video: of ${HELD_OUT} held-out clips ${share(0, 20)} of the classes and ${share(20, FAULTS.length)} of the faults are right, motion to ${Math.sqrt(squares).toFixed(2)}; ${(bytes.length / 1e3).toFixed(0)} kB, SHA-256 ${sha256}`,
);
