/** @file What the command line uses of `train`. */
export { parseOptions, type RunConfig } from "../train/config.ts";
export { planTraining, startTraining, type TrainingHandle } from "../train/host.node.ts";
export type { TrainingPlan, TrainingRequest } from "../train/messages.ts";
export { describeOptions, type OptionProperty, type TrainOptions } from "../train/options.ts";
export { RunFolder } from "../train/run-folder.node.ts";
