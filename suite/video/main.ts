import type { GANOptions } from "../../src/box/gan.ts";
import { loadGenerator } from "../../src/create/load.node.ts";
import { loadFeatureNetwork } from "../../src/metrics/feature-network.node.ts";
import { loadVideoNetwork } from "../../src/metrics/video/video-network.node.ts";
import { wholeNumbers } from "../flags.ts";
import { trainRun } from "../pictures/run.ts";
import { describeRecord, recordOf } from "../record.ts";
import { publish, table } from "../results.ts";
import { type ClipMaker, framesFile, generatedClips, realClips } from "./clips.ts";
import { type ClipScores, measureClips, scoreClips } from "./measures.ts";
import { CLIP_FRAMES, FPS, movingDigitsFolder, SIDE } from "./moving-digits.ts";

/** Clips that are generated, and real ones that they are compared with. */
const SAMPLES = 1000;

/** Frames of a clip that the discriminator sees: so many pictures the baselines may see for each clip. */
const FRAMES = 3;

/** How all models of the experiment are trained. */
const RECIPE: GANOptions = {
  resolution: SIDE,
  widths: [128, 64, 32, 16],
  learningRate: [6e-4, 1e-4],
  augment: "none",
  mirror: false,
  metricKimg: 0,
  threads: 1,
};

/** What is compared, beside real clips of other digits. */
const ROWS: readonly { title: string; model: "video" | "pictures"; maker: ClipMaker }[] = [
  { title: "video", model: "video", maker: "video" },
  { title: "frames drawn one by one (r3gan)", model: "pictures", maker: "independent" },
  { title: "walks of a GAN of pictures (r3gan)", model: "pictures", maker: "walk" },
];

const cells = (s: ClipScores): string[] => [
  s.fvd.toFixed(2),
  s.frameFd.toFixed(2),
  `${(100 * s.identity).toFixed(1)} %`,
  s.speed.toFixed(2),
  s.speedDistance.toFixed(2),
  s.change.toFixed(2),
];

/**
 * `npm run suite -- video [--kimg 100] [--seed 0]`: Moving MNIST of one digit, 32 x 32 pixels and 16 frames, against a GAN of pictures that sees as
 * many frames.
 *
 * @returns Whether the video model has the least Frechet video distance.
 */
export async function videoSuite(args: readonly string[]): Promise<boolean> {
  const { kimg, seed } = wholeNumbers("video", args, { kimg: 100, seed: 0 });
  const start = performance.now();
  const folder = await movingDigitsFolder();
  const clips: GANOptions = {
    ...RECIPE,
    family: "video",
    batch: 16,
    clipFps: FPS,
    clipSeconds: CLIP_FRAMES / FPS,
    clipFrames: FRAMES,
    kimg,
    seed,
  };
  const pictures: GANOptions = { ...RECIPE, batch: 16 * FRAMES, kimg: kimg * FRAMES, seed };
  const runs = {
    video: await trainRun(`video-${kimg}kimg-seed${seed}`, folder, clips),
    pictures: await trainRun(
      `video-frames-${kimg * FRAMES}kimg-seed${seed}`,
      framesFile(),
      pictures,
    ),
  };
  const network = await loadVideoNetwork();
  const classifier = await loadFeatureNetwork("mnist");
  const real = await measureClips(realClips(SAMPLES, 0), network, classifier);
  const others = await measureClips(realClips(SAMPLES, 1), network, classifier);
  const results = [{ title: "real clips, others", scores: await scoreClips(others, real) }];
  for (const { title, model, maker } of ROWS) {
    const generator = await loadGenerator(runs[model].path);
    const made = await generatedClips(generator, maker, SAMPLES);
    await generator.dispose();
    const scores = await scoreClips(await measureClips(made, network, classifier), real);
    results.push({ title, scores });
    console.log(title, scores);
  }
  await network.dispose();
  await classifier.dispose();
  const record = recordOf(
    `npm run suite -- video --kimg ${kimg} --seed ${seed}`,
    runs.video.threads,
    runs.video.seconds + runs.pictures.seconds + (performance.now() - start) / 1000,
  );
  const heads = ["", "FVD", "FD of frames", "same digit", "speed", "speed distance", "change"];
  publish(
    "video",
    { record, results },
    `${table([heads, ...results.map(({ title, scores }) => [title, ...cells(scores)])])}\n\n${describeRecord(record)}`,
  );
  const fvds = results.slice(1).map(({ scores }) => scores.fvd);
  return fvds[0] === Math.min(...fvds);
}
