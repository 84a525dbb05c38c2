/**
 * @file Everything that Ganbox promises to keep, name by name. What is not named here may change in any version.
 *
 * Paths are those of the file system: this entry point is for Node.
 */

// What goes wrong.
export {
  CancelledError,
  CheckpointError,
  ConfigError,
  DatasetError,
  DivergenceError,
  DTypeError,
  GanboxError,
  GradientError,
  MediaError,
  RuntimeUnavailableError,
  ShapeError,
} from "./base/errors.ts";
// What a training says while it works.
export type {
  CheckpointEvent,
  DoneEvent,
  MetricEvent,
  PrepareEvent,
  SampleEvent,
  StartEvent,
  TickEvent,
  TrainEvent,
  VerdictEvent,
  VerdictName,
  WarningEvent,
} from "./base/events.ts";
// Networks of one's own: symbolic tensors, their gradients, and the engine that runs them.
export { Random } from "./base/random.ts";
export type { Shape } from "./base/shape.ts";
export { type DType, type HostTensor, hostTensor } from "./base/tensor.ts";
// Train on pictures, make new ones.
export { GAN, type GANOptions, type GenerateVideoOptions, type TrainControl } from "./box/gan.ts";
export { GANbox, type GANboxOptions } from "./box/ganbox.ts";
// Measure how good a model is.
export {
  type MeasureOptions,
  type MetricReport,
  measureModel,
  type NearPair,
} from "./box/metrics.ts";
// Pictures in memory instead of files.
export type { GenerateOptions, Generator, GeneratorOptions, Latent } from "./create/generator.ts";
export type { WriteImagesOptions } from "./create/images.node.ts";
export { loadGenerator } from "./create/load.node.ts";
export type { Interpolation } from "./create/walk.ts";
export {
  type CompileOptions,
  Engine,
  type EngineOptions,
  type Program,
  type RunResult,
} from "./engine/engine.ts";
export { NEXT, State } from "./engine/state.ts";
export { gradients } from "./graph/gradients.ts";
export { interpret } from "./graph/interpret.ts";
export * as ops from "./graph/ops/index.ts";
export { printGraph } from "./graph/print.ts";
export { scope, type Value } from "./graph/value.ts";
export type { Image } from "./media/image.ts";
export type { Architecture } from "./models/family.ts";
export type { ModelInfo } from "./models/model-file.ts";
export { initialize, type Parameter, Parameters } from "./nn/parameters.ts";
export type { TrainOptions } from "./train/options.ts";
