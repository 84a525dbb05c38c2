/** @file What the command line uses to make music. */
export { loadMusicGenerator, PIECE_FORMATS, writePieces } from "../create/music/pieces.node.ts";
export { examineMusic } from "../data/music/doctor.node.ts";
export { musicReportLines } from "../data/music/doctor-text.ts";
export { PARTS, type Part } from "../data/music/rolls.ts";
export { musicTable } from "../metrics/music/music-metrics.ts";
export { musicTrainOptions } from "./music-gan.ts";
export { type MusicMeasurement, measureMusicModel } from "./music-measure.ts";
