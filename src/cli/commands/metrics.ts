import type { Command } from "commander";
import { FEATURE_NETWORKS, METRICS, type MetricReport, measureModel } from "../../box/metrics.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { addRefineOptions, type RefineFlags, refineOf } from "../refine-flags.ts";
import { formatCount, formatDuration, formatNumber } from "../text.ts";
import { parseCount, parseNumber } from "../values.ts";

interface Flags extends RefineFlags {
  readonly data: string;
  readonly metrics?: string;
  readonly features: string;
  readonly featuresSha256?: string;
  readonly samples: number;
  readonly seed: number;
  readonly heldOut: number;
  readonly out?: string;
  readonly npz?: string;
  readonly video?: true;
  readonly json?: true;
}

/** `ganbox metrics`. */
export function configure(command: Command): void {
  command
    .description(
      "Measure a model against pictures: how good its pictures are, how varied, and whether they are copies. docs/metrics.md explains the numbers.",
    )
    .argument("<model>", "a model (.onnx, .safetensors or .pkl) or the folder of a run")
    .requiredOption("--data <folder>", "pictures to compare with: a folder, a .zip or an IDX file")
    .option(
      "--metrics <list>",
      `what to measure, of ${METRICS.join(", ")} (default: all that need neither a classifier nor more pictures)`,
    )
    .option(
      "--features <network>",
      `feature network: ${FEATURE_NETWORKS.join(", ")} or an ONNX file`,
      FEATURE_NETWORKS[0],
    )
    .option("--features-sha256 <hash>", "stop if the feature network is another file")
    .option("--samples <n>", "pictures to generate", parseCount, 10_000)
    .option("--seed <n>", "chooses these pictures", parseNumber, 0)
    .option(
      "--held-out <part>",
      "part of the files that the model was not trained on, for example 0.1: compare with these",
      parseNumber,
      0,
    )
    .option(
      "--out <path>",
      "also write the results: to a file .json or .csv, or to a folder, with closest-pairs.png",
    )
    .option("--npz <file>", "also write the features of all pictures as arrays for NumPy")
    .option("--video", "measure the films of a video model against a folder of films")
    .option("--json", "print the results as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox metrics runs/00000-photos-r3gan64 --data photos/
  $ ganbox metrics model.onnx --data photos/ --metrics kid,memorisation --samples 2000 --out measured/
  $ ganbox metrics model.onnx --data photos/ --metrics fd,is --features inception.onnx
  $ ganbox metrics runs/00000-photos-r3gan64 --data photos/ --refine
  $ ganbox metrics runs/00000-clips-video64 --data clips/ --video --samples 1000
  $ ganbox metrics runs/00000-photos-r3gan64 --data photos/ --out report.csv --npz features.npz`,
    )
    .action(async (model: string, flags: Flags, command: Command) => {
      if (flags.video) {
        const given = command.getOptionValueSource("samples") === "cli";
        return await measureFilms(model, flags, given ? flags.samples : undefined);
      }
      const { data, metrics, features, featuresSha256, samples, seed, heldOut, out, npz, json } =
        flags;
      const refine = refineOf(flags);
      const progress = createStages();
      const report = await interruptible((signal) =>
        measureModel(model, data, {
          features,
          samples,
          seed,
          heldOut,
          signal,
          onProgress: progress.show,
          ...(metrics === undefined
            ? {}
            : { metrics: metrics.split(",").map((name) => name.trim()) }),
          ...(featuresSha256 === undefined ? {} : { featuresSha256 }),
          ...(out === undefined
            ? {}
            : { [/\.(json|csv)$/.test(out) ? "output" : "outputDir"]: out }),
          ...(npz === undefined ? {} : { featuresOutput: npz }),
          ...(refine === undefined ? {} : { refine }),
        }),
      ).finally(progress.close);
      console.log(json ? JSON.stringify(report, null, 2) : describe(report));
    });
  addRefineOptions(command);
}

/** Measures a video model and prints the results. */
async function measureFilms(
  model: string,
  { data, seed, json }: Flags,
  samples: number | undefined,
): Promise<void> {
  const { measureVideo } = await import("../../box/video-measure.ts");
  const progress = createStages();
  const measured = await interruptible((signal) =>
    measureVideo(model, data, {
      seed,
      signal,
      onProgress: progress.show,
      ...(samples === undefined ? {} : { samples }),
    }),
  ).finally(progress.close);
  if (json) return console.log(JSON.stringify(measured, null, 2));
  const { clips, frechetVideoDistance, floor, change } = measured;
  console.log(`${formatCount(clips.generated)} generated clips of 16 frames against ${formatCount(clips.real)} real ones
FVD              ${formatNumber(frechetVideoDistance)}; ${formatNumber(floor)} between halves of the real ones
change           ${formatNumber(change.generated)} from frame to frame; ${formatNumber(change.real)} in real ones`);
}

function describe(report: MetricReport): string {
  const { features, samples, data, results, notes, seconds, refine } = report;

  const { kernelDistance: kid, inceptionScore: is, diversity, memorisation } = results;
  const percent = (x: number): string => `${formatNumber(100 * x)} %`;
  const rows: (readonly [string, number | undefined, string, string?])[] = [
    [`FD-${features.name}`, results.frechetDistance, "0 is best"],
    [
      `KID-${features.name}`,
      kid?.mean,
      "0 is best",
      kid && `+- ${formatNumber(kid.deviation)} over ${kid.subsets} subsets of ${kid.subsetSize}`,
    ],
    ["precision", results.precision, "quality, 1 is best"],
    ["recall", results.recall, "variety, 1 is best"],
    ["density", results.density, "quality, 1 is like real"],
    ["coverage", results.coverage, "variety, 1 is best"],
    ["inception score", is?.mean, "higher is better", is && `+- ${formatNumber(is.deviation)}`],
    ["path length", results.pathLength, "lower is smoother"],
    ["diversity", diversity?.ratio, "1 is like real"],
    [
      "memorised",
      memorisation?.share,
      "0.05 is like unseen pictures, 1 is all copies",
      memorisation &&
        `${percent(memorisation.share)} nearer to a training picture than 95 % of unseen ones are`,
    ],
    ["median distance", memorisation?.medianRatio, "to training pictures: 1 is like unseen ones"],
  ];
  const lines = rows.flatMap(([name, value, meaning, more]) =>
    value === undefined
      ? []
      : [
          `${name.padEnd(16)} ${formatNumber(value).padEnd(8)} ${more === undefined ? "" : `${more}; `}${meaning}`,
        ],
  );
  return [
    `${formatCount(samples)} generated pictures${refine === undefined ? "" : ` (refined: ${refine.method}, ${refine.rounds} rounds)`} against ${formatCount(data.pictures)} ${data.heldOut > 0 ? "held-out " : ""}real ones, in ${formatDuration(seconds)}`,
    ...lines,
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}
