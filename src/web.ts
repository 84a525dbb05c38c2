/**
 * @file What a page gets from `ganbox/web`, name by name: models to pictures, and training on pictures in memory. Nothing here needs Node.
 *
 * It runs on `onnxruntime-web`, which is installed beside it.
 */

// What goes wrong.
export {
  CheckpointError,
  ConfigError,
  DatasetError,
  DivergenceError,
  GanboxError,
  MediaError,
  RuntimeUnavailableError,
  ShapeError,
} from "./base/errors.ts";
// Make pictures.
export {
  type GenerateOptions,
  Generator,
  type GeneratorOptions,
  type Latent,
  type Style,
} from "./create/generator.ts";
export { loadGenerator } from "./create/load.web.ts";
export { type Interpolation, type LatentPath, latentPath } from "./create/walk.ts";
// Train on pictures in memory.
export type { Dataset } from "./data/dataset.ts";
export { type MemoryDatasetOptions, memoryDataset } from "./data/memory.ts";
export { type GridOptions, imageGrid } from "./media/grid.ts";
export type { Image, Rgb } from "./media/image.ts";
export { fromImageData, toImageData } from "./media/image-data.ts";
export type { Architecture } from "./models/family.ts";
export type { ModelInfo } from "./models/model-file.ts";
export type { RunConfig } from "./train/config.ts";
export type { StepReport } from "./train/trainer.ts";
export { Training, type TrainingOptions } from "./train/training.ts";
