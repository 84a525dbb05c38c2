import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ConfigError } from "../../base/errors.ts";
import {
  analyse,
  describeSettings,
  type MusicVideoSettings,
  writeAnalysis,
  writeMusicVideo,
} from "../../box/music-video.ts";
import { interruptible } from "../interrupt.ts";
import { statusLine } from "../reporter.ts";
import { Terminal } from "../terminal.ts";
import { formatDuration } from "../text.ts";
import { parseNumber } from "../values.ts";

const SETTINGS = describeSettings();

/** `ganbox music-video`. */
export function configure(command: Command): void {
  command
    .description("Make a film to a song: pictures of a model that move with the music.")
    .requiredOption("--song <file>", "WAV, MP3, FLAC, Ogg Vorbis, Opus or M4A")
    .option(
      "--model <path...>",
      "a model (.onnx) or the folder of a run; of several, each kind of section gets its own",
    )
    .option("--out <file>", "film to write: .mp4 (H.264 and AAC) or .webm (VP9 and Opus)")
    .option("--analysis <file>", "also draw what was heard in the song: .png, .html or .svg");
  for (const { name, property } of SETTINGS) command.addOption(flagOf(name, property));
  command
    .addHelpText(
      "after",
      `
A film that was stopped or killed goes on where it was with the same command. Without --model and --out only the analysis is made.

Examples:
  $ ganbox music-video --model runs/00000-photos-r3gan64 --song song.ogg --out film.mp4
  $ ganbox music-video --model model.onnx --song song.mp3 --out film.mp4 --size 1920x1080 --pulse 0.8 --cuts 0.25 --start 30 --seconds 20
  $ ganbox music-video --song song.flac --analysis song.png`,
    )
    .action(async (flags: Flags) => {
      const { song, model = [], out, analysis: drawing } = flags;
      const settings = settingsOf(command);
      if (out === undefined && drawing === undefined) {
        throw new ConfigError(
          "music-video: got neither --out nor --analysis, expected a file to write.",
        );
      }
      if (out !== undefined && model.length === 0) {
        throw new ConfigError(
          "music-video: got --out without --model, expected a model to make the pictures.",
        );
      }
      const progress = createStages();
      const draw = async (heard: Awaited<ReturnType<typeof analyse>>): Promise<void> => {
        if (drawing !== undefined) await writeAnalysis(drawing, heard, basename(song));
      };
      await interruptible(async (signal) => {
        if (out === undefined) {
          const { start, seconds } = settings;
          const range = {
            ...(start === undefined ? {} : { start }),
            ...(seconds === undefined ? {} : { seconds }),
          };
          await draw(await analyse(song, range));
          return;
        }
        await writeMusicVideo(out, {
          ...settings,
          models: model,
          song,
          onAnalysis: draw,
          onProgress: progress.show,
          signal,
        });
      }).finally(progress.close);
      for (const file of [out, drawing]) if (file !== undefined) console.log(file);
    });
}

interface Flags {
  readonly song: string;
  readonly model?: readonly string[];
  readonly out?: string;
  readonly analysis?: string;
}

function flagOf(
  name: string,
  property: ReturnType<typeof describeSettings>[number]["property"],
): Option {
  const { type, description = "", default: value, enum: choices } = property;
  const text = value === undefined ? description : `${description} (default: ${value})`;
  if (choices !== undefined) return new Option(`--${name} <name>`, text).choices([...choices]);
  if (type === "array") return new Option(`--${name} <WxH>`, text).argParser(parseSize);
  return new Option(`--${name} <n>`, text).argParser(parseNumber);
}

function parseSize(text: string): [number, number] {
  const [, width, height] = /^(\d+)[x×](\d+)$/i.exec(text.trim()) ?? [];
  if (width === undefined || height === undefined) {
    throw new InvalidArgumentError("Expected a width and a height such as 1920x1080.");
  }
  return [Number(width), Number(height)];
}

/** The settings that were given on the command line. */
function settingsOf(command: Command): MusicVideoSettings {
  const given = SETTINGS.filter(({ name }) => command.getOptionValueSource(name) === "cli");
  return Object.fromEntries(given.map(({ name }) => [name, command.getOptionValue(name)]));
}

/** A progress bar for stages that follow one another. The time left is measured from what the stage had done when it began: films go on. */
function createStages(): {
  readonly show: (progress: { stage: string; done: number; total: number }) => void;
  readonly close: () => void;
} {
  const terminal = new Terminal(process.stderr);
  let begun = { stage: "", done: 0, time: 0 };
  return {
    show: ({ stage, done, total }) => {
      if (stage !== begun.stage) begun = { stage, done, time: performance.now() };
      const spent = (performance.now() - begun.time) / 1000;
      const rate = (done - begun.done) / spent;
      const fields = [
        `${stage} ${Math.round(done)}/${Math.round(total)}`,
        ...(rate > 0
          ? [`ETA ${formatDuration((total - done) / rate)}`, `${rate.toFixed(1)}/s`]
          : []),
      ];
      terminal.status(statusLine(done / total, fields, terminal.columns));
    },
    close: () => terminal.status(""),
  };
}
