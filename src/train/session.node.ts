import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../base/errors.ts";
import type { PrepareEvent } from "../base/events.ts";
import { defaultCacheDir } from "../data/cache-dir.node.ts";
import type { Dataset } from "../data/dataset.ts";
import { Sampler } from "../data/sampler.ts";
import { Engine } from "../engine/engine.ts";
import { Replicas } from "../engine/replicas.node.ts";
import { fileStore } from "../engine/tuning-store.node.ts";
import { readNewestCheckpoint } from "./checkpoint.node.ts";
import { parseOptions, type RunConfig, resolveConfig } from "./config.ts";
import { openExamples } from "./media.node.ts";
import type { TrainOptions } from "./options.ts";
import { RunFolder } from "./run-folder.node.ts";
import { RunLock } from "./run-lock.node.ts";
import { SampleDrawer } from "./samples.ts";
import { readStart } from "./start.node.ts";
import { type StartModel, withStart } from "./start.ts";
import { startingTensors } from "./starting-tensors.ts";
import { trainingPart } from "./subset.ts";
import { Trainer } from "./trainer.ts";

type Prepare = (event: PrepareEvent) => void;

/** Everything that a running training needs, opened. */
export interface Session {
  readonly run: RunFolder;
  /** Keeps other processes from the run; whoever ends the session releases it. */
  readonly lock: RunLock;
  /** The examples to train on. */
  readonly dataset: Dataset;
  readonly engine: Engine;
  readonly trainer: Trainer;
  readonly drawer: SampleDrawer;
  /** Seconds of training in earlier sessions of the run. */
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/** An engine with this machine's remembered measurements. */
export async function openEngine(
  config: RunConfig,
  onPrepare: Prepare,
  choices: Readonly<Record<string, string>> = {},
): Promise<Engine> {
  return Engine.create({
    provider: config.provider,
    threads: Math.floor(config.threads / config.replicas),
    arena: config.arena,
    store: fileStore(join(defaultCacheDir(), "lowerings.json")),
    choices,
    onTuning: (done, total) =>
      onPrepare({ type: "prepare", stage: "measuring kernels", done, total }),
  });
}

/**
 * A configuration before any example is read: what the examples are to look like. It finds contradictions between options.
 *
 * @throws {ConfigError} if there are any.
 */
export function draftConfig(source: string, options: TrainOptions): RunConfig {
  return resolveConfig(
    { ...options, conditional: false },
    { source, hash: "", pictures: 2, classes: [] },
    availableParallelism(),
  );
}

/** Opens the examples to train on and settles the configuration of a new run. */
export async function prepareConfig(
  source: string,
  options: TrainOptions,
  onPrepare: Prepare,
): Promise<{ config: RunConfig; dataset: Dataset; start: StartModel | undefined }> {
  const { from } = parseOptions(options);
  const start = from === undefined ? undefined : await readStart(from);
  const wanted = withStart(options, start);
  const { heldOut } = parseOptions(wanted);
  const facts = (dataset: Pick<Dataset, "contentHash" | "count" | "classes">) => ({
    source,
    hash: dataset.contentHash,
    pictures: dataset.count,
    classes: dataset.classes,
  });
  const draft = draftConfig(source, {
    ...wanted,
    freeze: start === undefined ? wanted.freeze : 0,
  });
  const dataset = trainingPart(await openExamples(source, draft, onPrepare), heldOut);
  const config = resolveConfig(options, facts(dataset), availableParallelism(), start);
  return { config, dataset, start };
}

/** Starts a new run. */
export async function startSession(
  source: string,
  options: TrainOptions,
  runs: string,
  onPrepare: Prepare,
): Promise<Session> {
  const { config, dataset, start } = await prepareConfig(source, options, onPrepare);
  const run = RunFolder.create(runs, config);
  return await locked(run, async (lock) => {
    const { warnings } = dataset;
    const session = await finishSession(run, lock, dataset, undefined, onPrepare, warnings);
    if (start === undefined) return session;
    return { ...session, warnings: [...warnings, ...adopt(session.trainer, start)] };
  });
}

/** Opens a session that has its run for itself. */
async function locked(run: RunFolder, open: (lock: RunLock) => Promise<Session>): Promise<Session> {
  const lock = RunLock.take(run.path);
  try {
    return await open(lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Gives the networks the weights of a model; the warnings say what it lacks. */
function adopt(trainer: Trainer, start: StartModel): string[] {
  const { tensors, fresh } = startingTensors(start, trainer.phases.parameters);
  trainer.restore(tensors, trainer.progress);
  return fresh.map(
    (network) =>
      `${start.source}: the model has no ${network === "D" ? "discriminator" : "encoder"}; it starts anew.`,
  );
}

/**
 * Goes on with an existing run.
 *
 * @throws {CheckpointError} if it has no checkpoint, its configuration does not fit it, or the pictures have changed.
 * @throws {LockedError} if another process trains it.
 */
export async function resumeSession(path: string, onPrepare: Prepare): Promise<Session> {
  const run = RunFolder.open(path);
  return await locked(run, (lock) => reopen(path, run, lock, onPrepare));
}

async function reopen(
  path: string,
  run: RunFolder,
  lock: RunLock,
  onPrepare: Prepare,
): Promise<Session> {
  const warnings = lock.warning === undefined ? [] : [lock.warning];
  const checkpoint = readNewestCheckpoint(
    run.checkpoints,
    (message) => void warnings.push(message),
  );
  if (checkpoint === undefined) {
    throw new CheckpointError(
      `${path}: the run has no checkpoint, expected one in ${run.checkpoints}. Start a new run with \`ganbox train\`.`,
    );
  }
  const { data, heldOut } = run.config;
  const dataset = await openExamples(data.source, run.config, onPrepare);
  if (dataset.contentHash !== data.hash) {
    throw new CheckpointError(
      `${data.source}: the pictures have changed since the run began (${dataset.count} now, ${data.pictures} then, or other contents). Put them back as they were, or start a new run with \`ganbox train\`.`,
    );
  }
  const part = trainingPart(dataset, heldOut);
  return finishSession(run, lock, part, checkpoint, onPrepare, warnings);
}

async function finishSession(
  run: RunFolder,
  lock: RunLock,
  dataset: Dataset,
  checkpoint: ReturnType<typeof readNewestCheckpoint>,
  onPrepare: Prepare,
  warnings: readonly string[],
): Promise<Session> {
  const { config } = run;
  const engine = await openEngine(config, onPrepare, checkpoint?.choices);
  const trainer = await Trainer.create(
    config,
    engine,
    new Sampler(dataset, { seed: config.seed, mirror: config.mirror }),
    Replicas.start,
  );
  if (checkpoint !== undefined) {
    checkFits(run, trainer, checkpoint.tensors);
    trainer.restore(checkpoint.tensors, checkpoint.progress);
  }
  const drawer = await SampleDrawer.create(config, engine);
  return {
    run,
    lock,
    dataset,
    engine,
    trainer,
    drawer,
    seconds: checkpoint?.seconds ?? 0,
    warnings,
  };
}

function checkFits(
  run: RunFolder,
  trainer: Trainer,
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  for (const name of trainer.checkpointNames) {
    const [have, want] = [tensors.get(name)?.shape, trainer.state.peek(name).shape];
    if (have?.join() !== want.join()) {
      throw new CheckpointError(
        `${run.file("config.json")}: the configuration does not match the checkpoint: "${name}" is ${have === undefined ? "missing" : `[${have}]`} there, expected [${want}]. Undo the change to config.json.`,
      );
    }
  }
}
