/** @file What a training run says while it works. Plain JSON: the terminal, `stats.jsonl`, a browser and the tests read the same events. */

/** The run has a folder and a checked configuration; training is about to begin or go on. */
export interface StartEvent {
  readonly type: "start";
  /** Folder of the run. */
  readonly run: string;
  readonly family: string;
  /** Size of the pictures that the model makes [pixels]. */
  readonly width: number;
  readonly height: number;
  /** Pictures in the data set, after cropping. */
  readonly pictures: number;
  /** Number of trained weights. */
  readonly parameters: {
    readonly generator: number;
    /** 0 if there is none. */
    readonly discriminator: number;
    /** Only autoencoders have one. */
    readonly encoder?: number;
  };
  /** Thousands of real images shown so far (0 for a new run) and at the end. */
  readonly kimg: number;
  readonly totalKimg: number;
}

/** Work that takes time: before the first step, or beside the steps (features of the data set for the quick metric), or after the last one. */
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
  /** Loss of the discriminator and of a separate encoder; families without them have none, nor what follows up to `realSign`. */
  readonly lossD?: number;
  readonly lossE?: number;
  /** Mean discriminator logit of real and of generated images. */
  readonly realLogit?: number;
  readonly fakeLogit?: number;
  /** Mean squared gradient norms at real and at generated images (R1 and R2 without gamma / 2). */
  readonly r1?: number;
  readonly r2?: number;
  /** Mean sign of D(x) - D(G(z)) over pairs, the signal of adaptive augmentation. */
  readonly realSign?: number;
  /** Error of reconstructed images, as the family measures it. */
  readonly reconstruction?: number;
  /** Divergence of an image's code from the standard normal distribution [nats]. */
  readonly divergence?: number;
  /** Mean length of the steps that images take for one of the style. */
  readonly pathLength?: number;
  /** Norms of the gradients of all weights, by phase. */
  readonly gradientNormD?: number;
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

/** A snapshot of the averaged generator was measured, beside the training. Comes when it is ready, snapshots in their order. */
export interface MetricEvent {
  readonly type: "metric";
  /** Position of the snapshot, not of the training. */
  readonly step: number;
  readonly kimg: number;
  /** Feature network, "mixed5". */
  readonly network: string;
  /** Generated pictures: those of seeds 0 .. samples - 1. */
  readonly samples: number;
  /** Kernel distance from the data set (its held-out pictures, if there are any). 0 is best. */
  readonly kid: number;
  /** Mean distance of two generated pictures divided by that of two real ones: 0 when all are alike. */
  readonly diversity: number;
  /** Share of generated pictures nearer to a training picture than 95 % of unseen ones: 0.05 is like unseen. Absent if all pictures come from one file. */
  readonly memorised?: number;
  /** Median distance of generated pictures to the nearest training picture, divided by that of unseen ones: 0 for copies. */
  readonly nearest?: number;
  /** Whether it is the best so far: then it is `model/best.onnx`. */
  readonly best: boolean;
  /** Processor time that it took [s]. */
  readonly cpuSeconds: number;
}

/** Names of the verdicts on a run. */
export type VerdictName =
  | "collapsed"
  | "diverging"
  | "discriminator overfits"
  | "memorising"
  | "posterior collapsed"
  | "still improving"
  | "stopped improving";

/** What the figures of a run mean. Said once, and again only after it was otherwise. */
export interface VerdictEvent {
  readonly type: "verdict";
  readonly kimg: number;
  readonly name: VerdictName;
  /** The figures. */
  readonly seen: string;
  /** What to change. */
  readonly advice: string;
}

/** Something the user should know; training goes on. */
export interface WarningEvent {
  readonly type: "warning";
  readonly message: string;
  /** Where the numbers stopped being finite, if that is what the warning is about. */
  readonly divergedAtKimg?: number;
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
  /** The best of the snapshots that were measured. */
  readonly best?: { readonly kimg: number; readonly kid: number; readonly model: string };
}

/** Every event of a training run. */
export type TrainEvent =
  | StartEvent
  | PrepareEvent
  | TickEvent
  | SampleEvent
  | CheckpointEvent
  | MetricEvent
  | VerdictEvent
  | WarningEvent
  | DoneEvent;
