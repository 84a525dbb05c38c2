import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitCodeOf, report } from "./failure.ts";

/** A command's module: adds arguments, options, help and action. */
interface CommandModule {
  readonly configure: (command: Command) => void;
}

/** Every command and where it is written. Only the one that was asked for is loaded, so that each starts as fast as it can. */
const COMMANDS: readonly (readonly [
  name: string,
  summary: string,
  load: () => Promise<CommandModule>,
])[] = [
  ["init", "make a workspace and a configuration", () => import("./commands/init.ts")],
  ["train", "train a GAN on a folder of pictures", () => import("./commands/train.ts")],
  ["resume", "go on with a run that was stopped", () => import("./commands/resume.ts")],
  ["generate", "make new pictures", () => import("./commands/generate.ts")],
  ["walk", "make a film that changes from picture to picture", () => import("./commands/walk.ts")],
  ["music", "learn music from MIDI files and make pieces", () => import("./commands/music.ts")],
  ["sounds", "learn one-shot sounds and make new ones", () => import("./commands/sounds.ts")],
  ["music-video", "make a film to a song", () => import("./commands/music-video.ts")],
  ["poster", "make a film poster", () => import("./commands/poster.ts")],
  ["data", "check a data set, or make a clean copy", () => import("./commands/data.ts")],
  [
    "reconstruct",
    "show what an autoencoder keeps of real pictures",
    () => import("./commands/reconstruct.ts"),
  ],
  ["interpolate", "go from one real picture to another", () => import("./commands/interpolate.ts")],
  ["metrics", "measure how good a model is", () => import("./commands/metrics.ts")],
  ["compare", "train several families and compare them", () => import("./commands/compare.ts")],
  ["list", "list data sets, runs and models", () => import("./commands/list.ts")],
  ["show", "show a run", () => import("./commands/show.ts")],
  ["report", "write a page about a run", () => import("./commands/report.ts")],
  ["models", "add, remove and rename models", () => import("./commands/models.ts")],
  ["validate", "check whether a model is sound", () => import("./commands/validate.ts")],
  ["export", "write a trained model for other programs", () => import("./commands/export.ts")],
  ["doctor", "show what this machine can run", () => import("./commands/doctor.ts")],
  ["demo", "train for two minutes and show what comes out", () => import("./commands/demo.ts")],
];

/**
 * Runs the command line.
 *
 * @param argv Arguments after the program's name.
 * @returns The exit code: 0 done, 1 failed, 2 usage or configuration, 130 interrupted.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    // Commander has printed its message by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    report(error);
    return exitCodeOf(error);
  }
}

/** The command line with the command that `argv` asks for loaded. */
export async function createProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command("ganbox")
    .description("Train GANs on your own folder of pictures and make new ones.")
    .version(version(), "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`ganbox: ${text.replace(/^error: /, "")}`),
    })
    .showHelpAfterError("Run it with --help to see what it takes.")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox train photos/ --resolution 64 --kimg 200
  $ ganbox generate runs/00000-photos-r3gan64 --seeds 0-31 --out pictures/ --grid
  $ ganbox walk runs/00000-photos-r3gan64 --seeds 1,5,9 --out walk.mp4`,
    );
  const words = argv.filter((word) => !word.startsWith("-"));
  const wanted = words[0] === "help" ? words[1] : words[0];
  for (const [name, summary, load] of COMMANDS) {
    const command = program.command(name).summary(summary);
    if (name === wanted) (await load()).configure(command);
  }
  return program;
}

function version(): string {
  const manifest = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}
