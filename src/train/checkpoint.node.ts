import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import type { HostTensor } from "../base/tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";
import { writeFileDurably } from "./files.node.ts";
import type { Progress } from "./trainer.ts";

/** All that training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly progress: Progress;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Lowerings in use: repeating them repeats the bits. */
  readonly choices: Readonly<Record<string, string>>;
}

const NAME = /^step-(\d{9})\.safetensors$/;
const KEPT = 2;

function digest(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name) as HostTensor;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** Writes a checkpoint into `folder`, keeps the two newest, and returns its path. */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint): string {
  mkdirSync(folder, { recursive: true });
  const { tensors, progress, seconds, choices } = checkpoint;
  const path = join(folder, `step-${String(progress.step).padStart(9, "0")}.safetensors`);
  const metadata = {
    format: "ganbox-checkpoint-1",
    sha256: digest(tensors),
    progress: JSON.stringify({ progress, seconds, choices }),
  };
  writeFileDurably(path, encodeSafetensors(tensors, metadata));
  for (const old of checkpointFiles(folder).slice(KEPT)) rmSync(old, { force: true });
  return path;
}

/** Checkpoints in `folder`, newest first. */
export function checkpointFiles(folder: string): string[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // No folder yet: no checkpoints.
  }
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

function readOne(path: string): Checkpoint {
  const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
  if (metadata.format !== "ganbox-checkpoint-1" || metadata.sha256 !== digest(tensors)) {
    throw new CheckpointError(`${path}: the file is damaged (its checksum does not match).`);
  }
  const { progress, seconds, choices } = JSON.parse(metadata.progress ?? "{}") as Omit<
    Checkpoint,
    "tensors"
  >;
  return { tensors, progress, seconds, choices };
}

/**
 * The newest whole checkpoint of a run.
 *
 * @param onDamaged Called with a message for each newer one that is damaged and passed over.
 * @returns undefined if the run has none yet.
 * @throws {CheckpointError} if all are damaged.
 */
export function readNewestCheckpoint(
  folder: string,
  onDamaged: (message: string) => void,
): Checkpoint | undefined {
  const files = checkpointFiles(folder);
  const problems: string[] = [];
  for (const path of files) {
    try {
      const checkpoint = readOne(path);
      for (const problem of problems)
        onDamaged(`${problem} Going on from ${path}, the one before.`);
      return checkpoint;
    } catch (cause) {
      problems.push((cause as Error).message);
    }
  }
  if (files.length === 0) return undefined;
  throw new CheckpointError(
    `${folder}: every checkpoint is damaged.\n${problems.join("\n")}\nStart a new run with \`ganbox train\`.`,
  );
}
