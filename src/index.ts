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
  LockedError,
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
export type { AutoencoderOptions, InterpolateOptions } from "./box/autoencoder.ts";
export {
  type ClipReport,
  clipReportLines,
  type ExamineClipsOptions,
  examineClips,
  type FilmReport,
} from "./box/clips.ts";
export {
  type ComparedFamily,
  type CompareEvent,
  type CompareOptions,
  type Comparison,
  compareFamilies,
} from "./box/compare/compare.ts";
export {
  type Advice,
  type BadFile,
  type CheckOptions,
  checkData,
  type DataReport,
  type DuplicateGroup,
  type Finding,
  type LeftOut,
  type Prepared,
  type PrepareOptions,
  prepareData,
} from "./box/data.ts";
export type { TrainControl } from "./box/following.ts";
export { GAN, type GANOptions } from "./box/gan.ts";
export { GANbox, type GANboxOptions, type NewWorkspace } from "./box/ganbox.ts";
export { GANGAN, type GANGANOptions } from "./box/gangan.ts";
// Measure how good a model is.
export {
  type MeasureOptions,
  type MetricReport,
  measureModel,
  type NearPair,
} from "./box/metrics.ts";
export type { GenerateArraysOptions, GenerateVideoOptions } from "./box/model.ts";
export { MusicGAN, type MusicGANOptions, type MusicTrainControl } from "./box/music-gan.ts";
export type { MeasureMusicOptions, MusicMeasurement } from "./box/music-measure.ts";
export {
  type AnalyseOptions,
  type AudioSource,
  analyse,
  audioInMemory,
  type ComposedMusic,
  type Effect,
  type GenerateMusicVideoOptions,
  type MusicState,
  type MusicVideoOptions,
  type MusicVideoProgress,
  type MusicVideoSettings,
  type SongAnalysis,
  writeAnalysis,
  writeMusicVideo,
} from "./box/music-video.ts";
export {
  type MakePosterOptions,
  makePoster,
  type Poster,
  type PosterCandidate,
  type PosterOptions,
} from "./box/poster.ts";
export type { RefineMethod, RefineOptions } from "./box/refining.ts";
export type { Plots, PlotsOptions } from "./box/report/run-plots.ts";
// Sounds: train on a folder of audio, make new one-shots, measure them.
export {
  type ExamineOptions as ExamineSoundsOptions,
  SoundGAN,
  type SoundGANOptions,
  type SoundTrainControl,
} from "./box/sound-gan.ts";
export type { MeasureSoundsOptions, SoundMeasurement } from "./box/sound-measure.ts";
export { VAE } from "./box/vae.ts";
export { VAEGAN } from "./box/vaegan.ts";
export {
  type MeasureVideoOptions,
  measureVideo,
  type VideoMeasurement,
} from "./box/video-measure.ts";
// What a workspace tells about what is in it.
export type { DataSummary } from "./box/workspace/data-sets.ts";
export type { ModelSummary } from "./box/workspace/model-store.ts";
export type { RunState, RunSummary } from "./box/workspace/run-summary.ts";
export type { Check, ModelValidation, ValidateOptions } from "./box/workspace/validation.ts";
// Pictures in memory instead of files.
export {
  type Autoencoder,
  loadAutoencoder,
  type WriteInterpolationOptions,
  type WriteReconstructionsOptions,
} from "./create/autoencoder.node.ts";
export type { Encoder } from "./create/encoder.ts";
export type {
  GenerateOptions,
  Generator,
  GeneratorOptions,
  Latent,
  Style,
} from "./create/generator.ts";
export type { WriteImagesOptions } from "./create/images.node.ts";
export { loadGenerator } from "./create/load.node.ts";
export type { Binarise } from "./create/music/binarise.ts";
export type { PieceOptions } from "./create/music/music-generator.ts";
export type { WritePiecesOptions } from "./create/music/pieces.node.ts";
export type { WriteSamplesOptions } from "./create/samples.node.ts";
export type { WriteSoundsOptions } from "./create/sound/write-sounds.node.ts";
export { type MovingLatent, momentOf, movingLatentOf } from "./create/video/moving-latent.ts";
export { type WriteFilmOptions, writeFilm } from "./create/video/write-film.node.ts";
export type { Interpolation } from "./create/walk.ts";
export type { MusicReport } from "./data/music/doctor.node.ts";
export type { SoundFile, SoundReport } from "./data/sounds/doctor.node.ts";
export { type CompileOptions, Engine, type EngineOptions } from "./engine/engine.ts";
export type { EncodedProgram, Program, RunResult, TensorSpec } from "./engine/program.ts";
export { NEXT, State } from "./engine/state.ts";
export { gradients } from "./graph/gradients.ts";
export { interpret } from "./graph/interpret.ts";
export * as ops from "./graph/ops/index.ts";
export { printGraph } from "./graph/print.ts";
export { scope, type Value } from "./graph/value.ts";
// Arrays and tables for other programs.
export { type Cell, toCsv } from "./media/csv.ts";
export type { Image } from "./media/image.ts";
export { encodeNpy } from "./media/npy.ts";
export { type NpzArray, type StreamedArray, writeNpz } from "./media/npz.node.ts";
export type { Architecture } from "./models/family.ts";
export type { ModelInfo } from "./models/model-file.ts";
export { initialize, type Parameter, Parameters } from "./nn/parameters.ts";
export type { TrainOptions } from "./train/options.ts";
