import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CheckpointError, ConfigError } from "../base/errors.ts";
import { resolutionOf } from "../base/size.ts";
import { readArchitecture } from "../models/architecture.ts";
import { FAMILY_NAMES } from "../models/registry.ts";
import type { RunConfig } from "./config.ts";
import { writeFileDurably } from "./files.node.ts";

/** A word for a folder name: letters, digits and dashes. */
function slug(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 40) || "data"
  );
}

/** A run on disk: `config.json`, `stats.jsonl`, `log.txt`, `samples/`, `checkpoints/`, `model/`. Readable without Ganbox. */
export class RunFolder {
  /** Absolute path of the run. */
  readonly path: string;
  /** What was chosen or given when it began. */
  readonly config: RunConfig;

  private constructor(path: string, config: RunConfig) {
    this.path = path;
    this.config = config;
  }

  /**
   * Makes the next numbered folder in `runs`, for example `runs/00012-landscapes-r3gan64`.
   *
   * @throws {ConfigError} if the folder cannot be made.
   */
  static create(runs: string, config: RunConfig): RunFolder {
    const { architecture } = config;
    const model = `${architecture.family}${resolutionOf(architecture)}`;
    try {
      mkdirSync(runs, { recursive: true });
      for (;;) {
        const taken = readdirSync(runs).map((name) => Number(/^(\d{5})-/.exec(name)?.[1] ?? -1));
        const number = String(Math.max(-1, ...taken) + 1).padStart(5, "0");
        const path = join(
          resolve(runs),
          `${number}-${slug(basename(resolve(config.data.source)))}-${model}`,
        );
        try {
          mkdirSync(path);
        } catch (error) {
          // Another process took the number in the meantime.
          if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
          throw error;
        }
        for (const sub of ["samples", "checkpoints", "model"]) mkdirSync(join(path, sub));
        writeFileDurably(join(path, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
        return new RunFolder(path, config);
      }
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      throw new ConfigError(
        `runs: ${resolve(runs)} cannot be written (${(cause as Error).message}). Choose another folder with --runs.`,
        { cause },
      );
    }
  }

  /**
   * Opens an existing run.
   *
   * @throws {CheckpointError} if the folder is no run or its configuration is damaged or of another version.
   */
  static open(path: string): RunFolder {
    const file = join(path, "config.json");
    if (!existsSync(file)) {
      throw new CheckpointError(
        `${path}: no run here (no config.json), expected a folder that \`ganbox train\` made, such as runs/00000-photos-r3gan64.`,
      );
    }
    let config: Partial<RunConfig>;
    try {
      config = JSON.parse(readFileSync(file, "utf8")) as Partial<RunConfig>;
    } catch (cause) {
      throw new CheckpointError(
        `${file}: the configuration is damaged (${(cause as Error).message}).`,
        { cause },
      );
    }
    if (config.version !== 1 || config.architecture === undefined || config.data === undefined) {
      throw new CheckpointError(
        `${file}: configuration of version ${config.version ?? "none"}, expected version 1. Use the Ganbox that wrote it.`,
      );
    }
    if (config.objective === undefined) {
      throw new CheckpointError(
        `${file}: the configuration does not say what is minimised ("objective"), expected that of a run of this Ganbox. Start a new run with \`ganbox train\`; the model of this one can still be used.`,
      );
    }
    const architecture = readArchitecture(config.architecture);
    if (architecture === undefined) {
      throw new CheckpointError(
        `${file}: the configuration describes no networks ("architecture"), expected that of a run of this Ganbox. Undo the change to it.`,
      );
    }
    if (!FAMILY_NAMES.includes(architecture.family)) {
      throw new CheckpointError(
        `${file}: the run is of the family "${architecture.family}", expected one of ${FAMILY_NAMES.join(", ")}. Use the Ganbox that wrote it, or a newer one.`,
      );
    }
    // Runs of earlier versions went through a batch in one thread.
    return new RunFolder(resolve(path), {
      replicas: 1,
      ...config,
      architecture,
    } as RunConfig);
  }

  /** Folder of the checkpoints. */
  get checkpoints(): string {
    return join(this.path, "checkpoints");
  }

  /** The generator's ONNX file, rewritten at each checkpoint. */
  get modelPath(): string {
    return join(this.path, "model", "generator.onnx");
  }

  /** The discriminator's ONNX file, rewritten at each checkpoint; only adversarial families have one. */
  get discriminatorPath(): string {
    return join(this.path, "model", "discriminator.onnx");
  }

  /** The encoder's ONNX file, rewritten at each checkpoint; only autoencoders have one. */
  get encoderPath(): string {
    return join(this.path, "model", "encoder.onnx");
  }

  /** The ONNX file of the best snapshot that was measured. */
  get bestModelPath(): string {
    return join(this.path, "model", "best.onnx");
  }

  /** A file of the run. */
  file(...parts: string[]): string {
    return join(this.path, ...parts);
  }
}
