/** @file What the command line uses to make sounds. */
export {
  loadSoundGenerator,
  SOUND_FORMATS,
  writeSounds,
} from "../create/sound/write-sounds.node.ts";
export { soundReportLines } from "../data/sounds/doctor-text.ts";
export { examineSoundFolder, soundTrainOptions } from "./sound-gan.ts";
export { measureSoundModel, type SoundMeasurement } from "./sound-measure.ts";
