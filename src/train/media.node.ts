/** @file Where a new medium joins training: how its folder is opened, and how what a model makes of it looks in a grid of samples. */
import { ConfigError } from "../base/errors.ts";
import type { PrepareEvent } from "../base/events.ts";
import { resolutionOf } from "../base/size.ts";
import { openClips } from "../data/clips/open-clips.node.ts";
import type { Dataset } from "../data/dataset.ts";
import { musicExamples } from "../data/music/examples.ts";
import { openMusic } from "../data/music/open-music.node.ts";
import { openDataset } from "../data/open.node.ts";
import { openSounds } from "../data/sounds/open-sounds.node.ts";
import type { Image, Rgb } from "../media/image.ts";
import { DEFAULT_ROLL } from "../media/midi/roll.ts";
import { drawSegment } from "../media/midi/roll-picture.ts";
import { imageFromPlanes } from "../media/planes.ts";
import { formatOfModel } from "../media/spectrogram/format.ts";
import type { Architecture, Medium } from "../models/family.ts";
import { mediumOf } from "../models/registry.ts";
import { clipNumbers } from "../models/video/shape.ts";
import type { RunConfig } from "./config.ts";

/** What of a run's configuration decides what its examples look like. */
export type DataSettings = Pick<RunConfig, "architecture" | "crops" | "background">;

/** Opens a folder (or file) as a data set. */
type Opener = (
  source: string,
  settings: DataSettings,
  onPrepare: (event: PrepareEvent) => void,
) => Promise<Dataset>;

/** How the folder of a medium is opened. */
const OPENERS: Readonly<Partial<Record<Medium, Opener>>> = {
  pictures: (source, { architecture, crops, background }, onPrepare) =>
    openDataset(source, {
      resolution: resolutionOf(architecture),
      crops,
      background: colourOf(background),
      onProgress: (done, total) =>
        onPrepare({ type: "prepare", stage: "packing pictures", done, total }),
    }),
  clips: (source, { architecture, background }, onPrepare) =>
    openClips(source, {
      width: architecture.width,
      height: architecture.height,
      ...clipNumbers(architecture),
      background: colourOf(background),
      onProgress: (done, total) =>
        onPrepare({ type: "prepare", stage: "packing films", done, total }),
    }),
  music: async (source, { architecture: { width, height } }, onPrepare) => {
    const { stepsPerBar } = DEFAULT_ROLL;
    const music = await openMusic(source, {
      bars: height / stepsPerBar,
      format: { ...DEFAULT_ROLL, pitches: width },
      onProgress: (done, total) =>
        onPrepare({ type: "prepare", stage: "reading MIDI files", done, total }),
    });
    return musicExamples(music);
  },
  sounds: (source, { architecture, crops }, onPrepare) =>
    openSounds(source, {
      format: formatOfModel(architecture, "config"),
      pieces: crops,
      onProgress: (done, total) =>
        onPrepare({ type: "prepare", stage: "reading sounds", done, total }),
    }),
};

/** Draws what a model makes, [channels, H, W] in [-1, 1], for grids of samples. */
type Drawer = (planes: Float32Array, architecture: Architecture) => Image;

/** How samples of a medium are drawn; those of others are grey planes side by side. */
const DRAWERS: Readonly<Partial<Record<Medium, Drawer>>> = {
  pictures: imageFromPlanes,
  clips: imageFromPlanes,
  music: (planes, { height }) => drawSegment(planes, height),
};

/** A sample as a picture. */
export function drawSample(planes: Float32Array, architecture: Architecture): Image {
  const draw = DRAWERS[mediumOf(architecture.family)] ?? imageFromPlanes;
  return draw(planes, architecture);
}

/**
 * Opens the examples of a source as a configuration wants them.
 *
 * @throws {ConfigError} if the family's medium cannot be opened.
 * @throws {DatasetError} if the source is missing or holds too little.
 */
export async function openExamples(
  source: string,
  settings: DataSettings,
  onPrepare: (event: PrepareEvent) => void,
): Promise<Dataset> {
  const { family } = settings.architecture;
  const open = OPENERS[mediumOf(family)];
  if (open === undefined)
    throw new ConfigError(
      `family: ${family} is trained on ${mediumOf(family)}, which cannot be opened here.`,
    );
  return await open(source, settings, onPrepare);
}

/** `#rrggbb` as red, green and blue. */
function colourOf(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    Number.parseInt(text.slice(at, at + 2), 16),
  );
  return [red, green, blue];
}
