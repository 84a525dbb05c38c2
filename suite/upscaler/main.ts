import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type HostTensor, hostTensor } from "../../src/base/tensor.ts";
import { loadGenerator } from "../../src/create/load.node.ts";
import { SuperResolution } from "../../src/create/upscale/super-resolution.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/graph/safetensors.ts";
import { writeImage } from "../../src/media/image.node.ts";
import { wholeNumbers } from "../flags.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";
import { exportUpscaler } from "./export.ts";
import { type Measured, measure, methodsOf } from "./measure.ts";
import { type Photos, readPhotos } from "./photos.ts";
import { generatedSideBySide, sideBySide } from "./picture.ts";
import { type Part, RECIPE, trainUpscaler } from "./train.ts";

const RUNS = resolve(import.meta.dirname, "../../.cache/suite");
const IMAGES = resolve(import.meta.dirname, "../../docs/images");
const MODEL = resolve(import.meta.dirname, "../../models/landscapes-64.onnx");

/** The network that comes with Ganbox. */
const OURS = "half-way, as bundled";

/**
 * `npm run suite -- upscaler [--seed 0]`: trains the super-resolution network on the bundled photographs, and measures it on those that were held out. An
 * interrupted training goes on when the command is repeated. The network is then `photo-2x.onnx` in the folder of the run; `models/upscale` has the one that
 * comes with Ganbox.
 *
 * @returns Whether its pictures are nearer to real ones than those of the filter, in the features of mixed5.
 */
export async function upscalerSuite(args: readonly string[]): Promise<boolean> {
  const { seed } = wholeNumbers("upscaler", args, { seed: 0 });
  const folder = join(RUNS, `upscaler-seed${seed}`);
  mkdirSync(folder, { recursive: true });
  const photos = await readPhotos();
  const seconds = await train(folder, photos, seed);
  const record = recordOf(["npm run suite -- upscaler", ...args].join(" "), 1, seconds);
  const [soft, sharp] = [readWeights(folder, "soft"), readWeights(folder, "sharp")];
  const bytes = exportUpscaler(between(soft, sharp, RECIPE.share));
  const file = join(folder, "photo-2x.onnx");
  writeFileSync(file, bytes);
  const networks = {
    "before the discriminator": await SuperResolution.decode(exportUpscaler(soft), file),
    "after it": await SuperResolution.decode(exportUpscaler(sharp), file),
    [OURS]: await SuperResolution.decode(bytes, file),
  };
  const methods = methodsOf(networks);
  const measured = await measure(photos.heldOut, methods);
  await writeImage(join(IMAGES, "upscaling.png"), await sideBySide(photos.heldOut, methods));
  const generator = await loadGenerator(MODEL, { threads: 1 });
  const generated = await generatedSideBySide(generator, methods);
  await writeImage(join(IMAGES, "upscaling-generated.jpg"), generated);
  await generator.dispose();
  for (const network of Object.values(networks)) await network.dispose();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const text = `${reportOf(measured)}\n\n\`${record.command}\`: ${describeRecord(record)}`;
  console.log(`${text}\n${file}: SHA-256 ${sha256}`);
  publish("upscaler", { record, seed, sha256, measured }, text);
  const kid = (method: string): number =>
    measured.find((m) => m.task === "2x" && m.method === method)?.kid ?? Number.NaN;
  return kid(OURS) < kid("Lanczos");
}

const weightsFile = (folder: string, part: Part): string => join(folder, `${part}.safetensors`);

function readWeights(folder: string, part: Part): ReadonlyMap<string, HostTensor> {
  const file = weightsFile(folder, part);
  return decodeSafetensors(readFileSync(file), file).tensors;
}

/** Weights that are `share` of the way from one network to another that was trained on from it (Wang et al. 2018, "ESRGAN", arXiv:1809.00219). */
function between(
  from: ReadonlyMap<string, HostTensor>,
  to: ReadonlyMap<string, HostTensor>,
  share: number,
): Map<string, HostTensor> {
  const mixed = [...from].map(([name, { shape, data }]) => {
    const end = to.get(name)?.data as Float32Array;
    const way = (data as Float32Array).map((x, i) => x + share * ((end[i] as number) - x));
    return [name, hostTensor("float32", shape, way)] as const;
  });
  return new Map(mixed);
}

async function train(folder: string, photos: Photos, seed: number): Promise<number> {
  return await trainUpscaler(photos.train, {
    recipe: { ...RECIPE, seed },
    file: join(folder, "checkpoint.safetensors"),
    onReport: ({ step, steps, values }) => {
      const fields = Object.entries(values).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      console.log(`upscaler: step ${step} of ${steps}, ${fields.join(", ")}`);
    },
    onPart: (part, weights) => writeFileSync(weightsFile(folder, part), encodeSafetensors(weights)),
  });
}

function reportOf(measured: readonly Measured[]): string {
  return table([
    ["", "", "PSNR", "SSIM", "KID-mixed5", "FD-mixed5"],
    ...measured.map(({ task, method, psnr, ssim, kid, fd }) => [
      ...[task, method, psnr.toFixed(2), ssim.toFixed(4), kid.toFixed(4), fd.toFixed(2)],
    ]),
  ]);
}
