/** @file What a training run says while it works. Plain JSON: the terminal, `stats.jsonl`, a browser and the tests read the same events. */

/** The run has a folder and a checked configuration; training is about to begin or go on. */
export interface StartEvent {
  readonly type: "start";
  /** Folder of the run. */
  readonly run: string;
  readonly family: string;
  readonly resolution: number;
  /** Pictures in the data set, after cropping. */
  readonly pictures: number;
  /** Number of trained weights. */
  readonly parameters: { readonly generator: number; readonly discriminator: number };
  /** Thousands of real images shown so far (0 for a new run) and at the end. */
  readonly kimg: number;
  readonly totalKimg: number;
}

/** A preparation that takes time, before the first step. */
export interface PrepareEvent {
  readonly type: "prepare";
  /** What is being done, for example "packing pictures". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** One status line: averages over the steps since the last tick. */
export interface TickEvent {
  readonly type: "tick";
  readonly step: number;
  readonly kimg: number;
  readonly totalKimg: number;
  readonly imagesPerSecond: number;
  /** Seconds of training so far, over all sessions of this run. */
  readonly seconds: number;
  readonly etaSeconds: number;
  readonly lossG: number;
  readonly lossD: number;
  /** Mean discriminator logit of real and of generated images. */
  readonly realLogit: number;
  readonly fakeLogit: number;
  /** Mean squared gradient norms at real and at generated images (R1 and R2 without gamma / 2). */
  readonly r1: number;
  readonly r2: number;
  /** Mean sign of D(x) - D(G(z)) over pairs, the signal of adaptive augmentation. */
  readonly realSign: number;
  /** Norms of the gradients of all weights. */
  readonly gradientNormD: number;
  readonly gradientNormG: number;
  readonly augmentP: number;
  readonly learningRate: number;
  readonly gamma: number;
  /** Resident memory of the training process [MB]. */
  readonly memoryMb: number;
}

/** A grid of samples was written. */
export interface SampleEvent {
  readonly type: "sample";
  readonly kimg: number;
  readonly path: string;
}

/** A checkpoint is safely on disk. */
export interface CheckpointEvent {
  readonly type: "checkpoint";
  readonly kimg: number;
  readonly path: string;
}

/** Something the user should know; training goes on. */
export interface WarningEvent {
  readonly type: "warning";
  readonly message: string;
}

/** Training ended, by reaching its length or on request. */
export interface DoneEvent {
  readonly type: "done";
  readonly run: string;
  readonly kimg: number;
  readonly seconds: number;
  /** False when it was stopped before its length; the run can be resumed. */
  readonly complete: boolean;
  /** The generator's ONNX file. */
  readonly model: string;
}

/** Every event of a training run. */
export type TrainEvent =
  | StartEvent
  | PrepareEvent
  | TickEvent
  | SampleEvent
  | CheckpointEvent
  | WarningEvent
  | DoneEvent;
