import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { CancelledError, ConfigError } from "../../base/errors.ts";
import type { Resolution } from "../../base/size.ts";
import { describeOptions, parseOptions, type TrainOptions } from "../../box/training.ts";
import {
  familyOf,
  findConfig,
  GANbox,
  mediumOf,
  sourceOf,
  writeFileAtomically,
} from "../../box/workspace.ts";
import { showPath } from "../text.ts";
import { parseNumber, parseResolution } from "../values.ts";

/** Kinds of configuration files. */
const FORMATS = ["json", "ts"] as const;

interface Flags {
  readonly data?: string;
  readonly name?: string;
  readonly resolution?: Resolution;
  readonly family?: string;
  readonly kimg?: number;
  readonly format: (typeof FORMATS)[number];
  readonly yes?: true;
}

/** What a configuration is made of; what is not given is left out of it. */
interface Answers {
  readonly data: string;
  readonly options: TrainOptions;
}

/** `ganbox init`. */
export function configure(command: Command): void {
  command
    .description(
      "Make the current folder, or another one, a workspace, and write a configuration that `ganbox train` uses there. Asks for what is not given; pictures stay where they are.",
    )
    .argument("[workspace]", "folder of the workspace, made if missing", ".")
    .option("--data <folder>", "the pictures: a folder, a .zip or an IDX file")
    .option("--name <name>", "name of the workspace (default: that of its folder)")
    .option(
      "--resolution <n>",
      "size of the pictures in pixels: a side, or width x height such as 96x64",
      parseResolution,
    )
    .addOption(new Option("--family <name>", "kind of model").choices(families()))
    .option("--kimg <n>", "length of a run in thousands of pictures shown", parseNumber)
    .addOption(
      new Option("--format <kind>", "ganbox.config.json or .ts").choices(FORMATS).default("json"),
    )
    .option("--yes", "ask nothing: what is not given is left to its default")
    .addHelpText(
      "after",
      `
Examples:
  $ ganbox init
  $ ganbox init faces/ --data ~/pictures/faces --resolution 64 --kimg 500 --yes`,
    )
    .action(async (workspace: string, flags: Flags) => {
      checkNoConfig(workspace);
      const answers = canAsk(flags) ? await ask(flags) : fromFlags(flags);
      parseOptions(answers.options, "ganbox init");
      await GANbox.open(answers.data, { workspace });
      const box = await GANbox.create(workspace, {
        data: [answers.data],
        ...(flags.name === undefined ? {} : { name: flags.name }),
      });
      const config = join(box.workspace, `ganbox.config.${flags.format}`);
      writeFileAtomically(config, configOf(answers, box.workspace, flags.format));
      const here = box.workspace === resolve(".");
      console.log(`workspace      ${showPath(join(box.workspace, "ganbox.json"))}
configuration  ${showPath(config)}
Train with:    ${here ? "" : `cd ${showPath(box.workspace)} && `}ganbox train`);
    });
}

/** Families that are trained on pictures, as a workspace holds them. */
function families(): readonly string[] {
  const all = describeOptions().find(({ name }) => name === "family")?.property.enum ?? [];
  return all.filter((name) => mediumOf(name) === "pictures");
}

/** A configuration that is there is somebody's work. */
function checkNoConfig(workspace: string): void {
  const there = findConfig(workspace);
  if (there === undefined) return;
  throw new ConfigError(
    `${there}: there is already a configuration, expected none. Change that file, or move it away.`,
  );
}

function canAsk({ yes }: Flags): boolean {
  return yes === undefined && process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** @throws {ConfigError} if the pictures are not named: nothing else must be. */
function fromFlags({ data, resolution, family, kimg }: Flags): Answers {
  if (data === undefined) {
    throw new ConfigError(
      "ganbox init: no pictures are named and there is no terminal to ask at (or --yes forbids it), expected --data <folder>.",
    );
  }
  return { data: resolve(data), options: optionsOf(resolution, family, kimg) };
}

function optionsOf(
  resolution: Resolution | undefined,
  family: string | undefined,
  kimg: number | undefined,
): TrainOptions {
  return {
    ...(resolution === undefined ? {} : { resolution }),
    ...(family === undefined ? {} : { family }),
    ...(kimg === undefined ? {} : { kimg }),
  };
}

/** Resolutions to choose from [pixels]; others can be written into the configuration. */
const RESOLUTIONS = [32, 64, 128, 256] as const;

/** Length that is proposed [kimg]. */
const USUAL_KIMG = 200;

/** Asks for what the flags leave open. */
async function ask({ data, resolution, family, kimg }: Flags): Promise<Answers> {
  const { cancel, intro, isCancel, outro, select, text } = await import("@clack/prompts");
  /** Ctrl-C and Escape end the questions; nothing was written. */
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (!isCancel(answer)) return answer as Exclude<T, symbol>;
    cancel("Nothing was written.");
    throw new CancelledError("ganbox init: stopped on request, nothing was written.");
  };
  intro("A workspace for pictures");
  const source =
    data ??
    answered(
      await text({
        message: "Where are the pictures? They stay there.",
        placeholder: "photos/",
        validate: (path) =>
          path && existsSync(fromHome(path)) ? undefined : "There is nothing at this path.",
      }),
    );
  const side =
    resolution ??
    answered(
      await select({
        message: "How large should new pictures be?",
        options: RESOLUTIONS.map((value) => ({
          value: value as number,
          label: `${value} x ${value}`,
          ...(value === 64 ? { hint: "hours on a laptop" } : {}),
        })),
        initialValue: 64,
      }),
    );
  const known = families();
  const kind =
    family ??
    (known.length === 1
      ? known[0]
      : answered(
          await select({
            message: "Which kind of model?",
            options: known.map((value) => ({
              value,
              label: value,
              hint: familyOf(value).summary,
            })),
          }),
        ));
  const length =
    kimg ??
    Number(
      answered(
        await text({
          message: "How long should it train, in thousands of pictures shown?",
          initialValue: String(USUAL_KIMG),
          validate: (answer) => (Number(answer) > 0 ? undefined : "A number above 0."),
        }),
      ),
    );
  outro("Everything else is chosen when training starts; options.md lists what can be set.");
  return { data: resolve(fromHome(source)), options: optionsOf(side, kind, length) };
}

/** A path whose `~` stands for the home folder: no shell has replaced it in an answer. */
function fromHome(path: string): string {
  return path.trim().replace(/^~(?=$|[\\/])/, homedir());
}

/** The text of a configuration. */
function configOf(
  { data, options }: Answers,
  workspace: string,
  format: (typeof FORMATS)[number],
): string {
  const content = JSON.stringify({ data: sourceOf(workspace, data), ...options }, null, 2);
  if (format === "json") return `${content}\n`;
  const fields = content.replace(/^( {2})"(\w+)":/gm, "$1$2:").replace(/(?<=[^{])\n}$/, ",\n}");
  return `import type { TrainOptions } from "ganbox";

export default ${fields} satisfies TrainOptions & { data: string };
`;
}
