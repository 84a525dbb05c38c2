import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import {
  examineSoundFolder,
  loadSoundGenerator,
  measureSoundModel,
  SOUND_FORMATS,
  type SoundMeasurement,
  soundReportLines,
  soundTrainOptions,
  writeSounds,
} from "../../box/sounds.ts";
import { parseOptions } from "../../box/training.ts";
import { followToEnd } from "../follow.ts";
import { interruptible } from "../interrupt.ts";
import { createProgress, createStages } from "../progress.ts";
import { createReporter } from "../reporter.ts";
import { formatCount, formatNumber } from "../text.ts";
import { addTrainFlags, readTrainFlags } from "../train-flags.ts";
import { parseCount, parseNumber, parseSeeds } from "../values.ts";

/** Options of training that mean nothing to sounds, or that this command decides. */
const NOT_FOR_SOUNDS = [
  ...["family", "resolution", "crops", "background", "mirror", "metricKimg", "freeze"],
  ...["mixing", "pathLength", "beta", "freeBits", "expansion", "groupSize"],
  ...["clipSeconds", "clipStride", "clipFps", "clipFrames"],
];

/** `ganbox sounds`. */
export function configure(command: Command): void {
  command
    .description(
      "Learn one-shot sounds of about a second (drums, notes, effects) from a folder of audio, and make new ones. docs/sounds.md explains how.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox sounds doctor samples/
  $ ganbox sounds train samples/ --conditional --kimg 100
  $ ganbox sounds generate runs/00000-samples-sound64x96 --seeds 0-15 --class kick --out kicks/`,
    );
  configureDoctor(command.command("doctor").summary("say what training makes of each file"));
  configureTrain(command.command("train").summary("train a model on a folder of sounds"));
  configureGenerate(command.command("generate").summary("make sounds"));
  configureMetrics(command.command("metrics").summary("compare a model's sounds with real ones"));
}

interface SizeFlags {
  readonly columns: number;
  readonly bands: number;
}

function addSizeFlags(command: Command): Command {
  return command
    .option("--columns <n>", "length of a sound in columns of 14.5 ms", parseCount, 64)
    .option("--bands <n>", "mel bands: more sound clearer and train longer", parseCount, 96);
}

function configureDoctor(command: Command): void {
  addSizeFlags(command)
    .description(
      "Read every sound file of a folder: how many sounds training makes of it, which files it cannot use, and why. Nothing is changed.",
    )
    .argument("<folder>", "WAV, FLAC, MP3, Ogg, … with sub-folders, or one recording")
    .option("--all", "also one line for each file")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox sounds doctor samples/
  $ ganbox sounds doctor samples/ --all`,
    )
    .action(
      async (
        folder: string,
        { all, json, ...size }: SizeFlags & { readonly all?: true; readonly json?: true },
      ) => {
        const progress = createStages();
        const report = await interruptible((signal) =>
          examineSoundFolder(folder, {
            ...size,
            signal,
            onProgress: (done, total) => progress.show("reading sounds", done, total),
          }),
        ).finally(progress.close);
        const lines = soundReportLines(report, all === true);
        console.log(json ? JSON.stringify(report, null, 2) : lines.join("\n"));
      },
    );
}

interface TrainFlags extends SizeFlags {
  readonly pieces?: number;
  readonly runs: string;
  readonly json?: true;
}

function configureTrain(command: Command): void {
  addSizeFlags(command)
    .description(
      "Train a GAN on a folder of sounds. Ctrl-C finishes the step and writes a checkpoint; `ganbox resume` goes on from there.",
    )
    .argument("<folder>", "sounds, with sub-folders; with --conditional these are the classes")
    .option(
      "--pieces <n>",
      "most one-shot sounds of a long recording; 1 takes its beginning only (default: 16)",
      parseCount,
    )
    .option("--runs <folder>", "folder in which the run gets a folder of its own", "runs")
    .option("--json", "print events as JSON lines");
  addTrainFlags(command, NOT_FOR_SOUNDS);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox sounds train samples/
  $ ganbox sounds train samples/ --conditional --kimg 200
  $ ganbox resume runs/00000-samples-sound64x96`,
    )
    .action(async (folder: string, { columns, bands, pieces, runs, json }: TrainFlags) => {
      const options = soundTrainOptions({
        ...parseOptions(readTrainFlags(command), "ganbox sounds train"),
        columns,
        bands,
        ...(pieces === undefined ? {} : { pieces }),
      });
      await followToEnd({ source: resolve(folder), options, runs }, createReporter(json === true));
    });
}

interface GenerateFlags {
  readonly seeds: string;
  readonly out: string;
  readonly formats: string;
  readonly truncation: number;
  readonly class?: string;
  readonly grid?: true;
}

function configureGenerate(command: Command): void {
  command
    .description("Make sounds. The same seed always gives the same sound.")
    .argument("<model>", "a model (.onnx) or the folder of a run")
    .requiredOption("--seeds <list>", "which sounds: seeds and ranges, for example 0-15,40")
    .requiredOption("--out <folder>", "folder for the files, made if missing")
    .option("--formats <list>", `what to write, of ${SOUND_FORMATS.join(", ")}`, "wav")
    .option(
      "--truncation <psi>",
      "below 1 more typical and more alike, above 1 more unusual",
      parseNumber,
      1,
    )
    .option("--class <name>", "class of all sounds, by name or number (default: by the seed)")
    .option("--grid", "also write the pictures of all sounds as one, grid.png")
    .addHelpText(
      "after",
      `
WAV is written by itself; the other formats with ffmpeg or mediabunny.

Examples:
  $ ganbox sounds generate runs/00000-samples-sound64x96 --seeds 0-15 --out sounds/ --grid
  $ ganbox sounds generate model.onnx --seeds 3 --class kick --formats wav,flac,png --out sounds/`,
    )
    .action(async (model: string, flags: GenerateFlags) => {
      const { seeds, out, formats, truncation, class: c, grid } = flags;
      const wanted = parseSeeds(seeds);
      const generator = await loadSoundGenerator(model);
      const progress = createProgress("sounds");
      const paths = await interruptible((signal) =>
        writeSounds(generator, {
          seeds: wanted,
          outputDir: out,
          formats: formats.split(",").map((format) => format.trim()),
          truncationPsi: truncation,
          grid: grid === true,
          ...(c === undefined ? {} : { class: c }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(paths.join("\n"));
    });
}

interface MetricsFlags {
  readonly data: string;
  readonly samples: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

function configureMetrics(command: Command): void {
  command
    .description(
      "Put the Frechet audio distance of a model's sounds beside what real sounds measure among themselves, and say whether it copies.",
    )
    .argument("<model>", "a model (.onnx) or the folder of a run")
    .requiredOption("--data <folder>", "sounds to compare with")
    .option("--samples <n>", "sounds to generate, and to compare with, at most", parseCount, 256)
    .option("--seed <n>", "chooses these sounds", parseNumber, 0)
    .option("--out <file>", "also write the numbers there, as JSON")
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox sounds metrics runs/00000-samples-sound64x96 --data samples/
  $ ganbox sounds metrics model.onnx --data samples/ --samples 500 --out sounds.json`,
    )
    .action(async (model: string, { data, out, json, ...options }: MetricsFlags) => {
      const generator = await loadSoundGenerator(model);
      const progress = createStages();
      const measured = await interruptible((signal) =>
        measureSoundModel(generator, data, { ...options, signal, onProgress: progress.show }),
      ).finally(progress.close);
      const text = JSON.stringify(measured, null, 2);
      if (out !== undefined) writeFileSync(out, `${text}\n`);
      console.log(json ? text : describe(measured));
    });
}

/** Fewer sounds than this tell little. */
const FEW = 256;

function describe(measured: SoundMeasurement): string {
  const { data, features, memorisation } = measured;
  const rows = [
    ["real, half against half", measured.real],
    ["real, through pictures", measured.recovered],
    ["generated", measured.generated],
    ["white noise", measured.noise],
  ] as const;
  const cell = (value: number): string => formatNumber(value).padStart(10);
  return [
    `${formatCount(measured.generated.count)} generated sounds against ${formatCount(data.sounds)} real ones of ${formatCount(data.files)} files, features ${features.name}`,
    `${"".padEnd(24)}${["FAD", "kernel", "precision", "recall", "density", "coverage"].map((name) => name.padStart(10)).join("")}`,
    ...rows.map(([name, m]) => {
      const { frechetDistance, kernelDistance, precision, recall, density, coverage } = m;
      const numbers = [frechetDistance, kernelDistance.mean, precision, recall, density, coverage];
      return `${name.padEnd(24)}${numbers.map(cell).join("")}`;
    }),
    ...(data.sounds < FEW
      ? [`few sounds: FAD grows where there are few, compare equal numbers, ${FEW} or more`]
      : []),
    `memorised        ${formatNumber(memorisation.share)}  0.05 is like unseen sounds, 1 is all copies`,
    `median distance  ${formatNumber(memorisation.medianRatio)}  to training sounds: 1 is like unseen ones`,
  ].join("\n");
}
