/** @file Films to songs. */

import type { MusicVideoOptions } from "../create/music-video/render.node.ts";
import { type AnalyseOptions, analyseSong, type SongAnalysis } from "../create/song/analysis.ts";
import type { AudioSource } from "../media/audio/audio.ts";
import { openAudio } from "../media/audio/open.node.ts";

export { type ComposedMusic, musicBeside } from "../create/music-video/compose.node.ts";
export type { Effect } from "../create/music-video/effects.ts";
export { describeSettings, type MusicVideoSettings } from "../create/music-video/options.ts";
export {
  type MusicVideoOptions,
  type MusicVideoProgress,
  writeMusicVideo,
} from "../create/music-video/render.node.ts";
export type { MusicState } from "../create/music-video/score.ts";
export type { AnalyseOptions, SongAnalysis } from "../create/song/analysis.ts";
export { writeAnalysis } from "../create/song/picture.node.ts";
export { type AudioSource, audioInMemory } from "../media/audio/audio.ts";

/** A film to a song, of one model. */
export interface GenerateMusicVideoOptions extends Omit<MusicVideoOptions, "models"> {
  /** Folder for the film; made if missing. */
  readonly outputDir: string;
  /** @default "mp4" */
  readonly format?: "mp4" | "webm";
}

/**
 * Analyses a song: loudness, onsets, tempo, beats, bars, chroma and sections.
 *
 * @param song A sound file, or sound from elsewhere.
 * @throws {ConfigError} if the range is none, or longer than two hours.
 * @throws {MediaError} if the song cannot be read.
 * @throws {RuntimeUnavailableError} if nothing on this machine can decode it.
 */
export async function analyse(
  song: string | AudioSource,
  options: AnalyseOptions = {},
): Promise<SongAnalysis> {
  return await analyseSong(typeof song === "string" ? await openAudio(song) : song, options);
}
