import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";
import { CancelledError, MediaError } from "../../base/errors.ts";
import type { SampleEvent } from "../../base/events.ts";
import { decodeImage, resizeImage } from "../../media/image.node.ts";
import { standaloneSvg } from "../../media/plot/frame.ts";
import { openVideo, videoBackends } from "../../media/video.node.ts";
import { writeFileAtomically } from "../workspace/files.ts";
import { type RunRecord, readRun } from "../workspace/run-record.ts";
import { runCharts } from "./run-charts.ts";
import { runMaps } from "./run-maps.ts";

/** How the plots of a run are written. */
export interface PlotsOptions {
  /** Maps of features of samples and of real pictures too: takes some seconds, the model and the pictures. @default true */
  readonly maps?: boolean;
  /** Folder of the cache. @default `GANBOX_CACHE`, else `ganbox` in the system's cache folder */
  readonly cacheDir?: string;
  /** Stops the work. */
  readonly signal?: AbortSignal;
  /** Told what is being done and how far it is. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/** What was written, and what was not. */
export interface Plots {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** What is missing and why, a sentence each. */
  readonly notes: readonly string[];
}

/** Pixels of a PNG for each of its SVG: sharp in print and on fine screens. */
const DENSITY = 3;

/** A grid of the film stands this long [s]. */
const GRID_SECONDS = 0.4;

/** Longest side of the film [pixels]. */
const FILM_SIDE = 1080;

/**
 * Writes the plots of a run as files of their own: each curve and map as SVG and PNG, the newest sample grid (`samples.png`) and a film of all of them
 * (`progress.mp4`, or `.gif` where nothing on this machine writes mp4).
 *
 * @param run Folder of a run, finished or not.
 * @param folder Made if missing.
 * @throws {CheckpointError} if there is no such run.
 * @throws {MediaError} if a file cannot be written.
 * @throws {CancelledError} if `signal` stopped it.
 */
export async function writeRunPlots(
  run: string,
  folder: string,
  options: PlotsOptions = {},
): Promise<Plots> {
  const record = readRun(run);
  const out = resolve(folder);
  try {
    mkdirSync(out, { recursive: true });
  } catch (cause) {
    throw new MediaError(
      `${folder}: the folder cannot be made (${(cause as Error).message}). Choose another one, or check its permissions.`,
      { cause },
    );
  }
  const { quality, training } = runCharts(record);
  const charts = [...quality, ...training].map(({ title, svg }) => ({ name: nameOf(title), svg }));
  const { maps, notes } =
    options.maps === false ? { maps: [], notes: [] } : await runMaps(record, options);
  const files: string[] = [];
  for (const { name, svg } of [...charts, ...maps])
    files.push(...(await writePlot(join(out, name), standaloneSvg(svg))));
  files.push(...(await writeSamples(record, out, options)));
  return { files, notes: [...notes, ...missing(record, charts.length)] };
}

/** `Kernel distance (KID)` becomes `kernel-distance-kid`. */
function nameOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

async function writePlot(path: string, svg: string): Promise<string[]> {
  const png = await sharp(Buffer.from(svg), { density: 72 * DENSITY })
    .png()
    .toBuffer();
  writeFileAtomically(`${path}.svg`, `${svg}\n`);
  writeFileAtomically(`${path}.png`, png);
  return [`${path}.svg`, `${path}.png`];
}

async function writeSamples(
  { samples }: RunRecord,
  out: string,
  options: PlotsOptions,
): Promise<string[]> {
  const newest = samples.at(-1);
  if (newest === undefined) return [];
  const grid = join(out, "samples.png");
  copyFileSync(newest.path, grid);
  return samples.length < 2 ? [grid] : [grid, await writeFilm(samples, out, options)];
}

/** All grids one after the other; the last one stands longer. */
async function writeFilm(
  samples: readonly SampleEvent[],
  out: string,
  { signal, onProgress }: PlotsOptions,
): Promise<string> {
  const first = await decodeImage((samples[0] as SampleEvent).path);
  const longest = Math.max(first.width, first.height);
  // Small grids grow, large ones shrink. Films want even sides.
  const scale = longest > FILM_SIDE ? FILM_SIDE / longest : Math.ceil(FILM_SIDE / 2 / longest);
  const [width, height] = [first.width, first.height].map(
    (side) => 2 * Math.round((side * scale) / 2),
  ) as [number, number];
  const canMp4 = (await videoBackends()).some(({ codecs }) => codecs.length > 0);
  const path = join(out, canMp4 ? "progress.mp4" : "progress.gif");
  const video = await openVideo(path, { width, height, fps: 1 / GRID_SECONDS });
  try {
    for (const [done, { path: grid }] of [...samples, ...samples.slice(-1)].entries()) {
      if (signal?.aborted) throw new CancelledError(`${path}: stopped on request.`);
      await video.write(await resizeImage(await decodeImage(grid), width, height));
      onProgress?.("frames of the film", done + 1, samples.length + 1);
    }
    await video.close();
  } catch (error) {
    await video.abort();
    throw error;
  }
  return path;
}

function missing({ samples }: RunRecord, charts: number): string[] {
  return [
    ...(charts === 0 ? ["There are no curves: the run has not said anything yet."] : []),
    ...(samples.length === 0 ? ["There are no samples: the run has drawn none yet."] : []),
  ];
}
