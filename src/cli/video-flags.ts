import { extname, join } from "node:path";
import type { Command } from "commander";
import { ConfigError } from "../base/errors.ts";
import { writeFilm } from "../box/films.ts";
import { loadGenerator } from "../box/pictures.ts";
import { interruptible } from "./interrupt.ts";
import { createProgress } from "./progress.ts";
import { parseCount, parseNumber, parseSeeds } from "./values.ts";

/** Flags of `ganbox generate` that are about films. */
export interface VideoFlags {
  readonly video?: true;
  readonly seconds?: number;
  readonly fps?: number;
  readonly loop?: true;
  readonly continue?: string;
  readonly size?: number;
}

/** Adds them. */
export function addVideoOptions(command: Command): void {
  command
    .option("--video", "make a film with a model of the family video")
    .option("--seconds <n>", "length of the film (default: 10)", parseNumber)
    .option("--fps <n>", "frames a second of the film, any rate (default: 30)", parseNumber)
    .option("--loop", "a film whose end leads back to its begin")
    .option("--continue <film>", "go on where a film ends")
    .option("--size <pixels>", "shorter side of the film (default: enlarged to 256)", parseCount);
}

/** Makes the film that was asked for, and prints its path. */
export async function generateVideo(
  model: string,
  flags: VideoFlags & {
    readonly seeds?: string;
    readonly out?: string;
    readonly truncation: number;
    readonly class?: string;
  },
): Promise<void> {
  const { seeds = "0", out, seconds = 10, fps, loop, continue: from, size } = flags;
  if (out === undefined) {
    throw new ConfigError(
      "ganbox generate --video: there is nothing to write to, expected --out with a film (.mp4, .webm or .gif) or a folder.",
    );
  }
  const path = extname(out) === "" ? join(out, "video.mp4") : out;
  const wanted = parseSeeds(seeds);
  const generator = await loadGenerator(model);
  const progress = createProgress(from === undefined ? "frames" : "steps");
  const written = await interruptible((signal) =>
    writeFilm(generator, path, {
      seeds: wanted,
      seconds,
      ...(fps === undefined ? {} : { fps }),
      loop: loop === true,
      ...(from === undefined ? {} : { continue: from }),
      ...(size === undefined ? {} : { size }),
      truncationPsi: flags.truncation,
      ...(flags.class === undefined ? {} : { class: flags.class }),
      onProgress: progress.show,
      signal,
    }),
  ).finally(progress.close);
  console.log(written);
}

/** @throws {ConfigError} if a flag of films was given without --video. */
export function checkNoVideoFlags(flags: VideoFlags): void {
  const names = ["seconds", "fps", "loop", "continue", "size"] as const;
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new ConfigError(
    `--${given}: it is about films, expected --video with it. Add --video, or leave --${given} out.`,
  );
}
