import type { Architecture } from "../family.ts";

/** Numbers of a video model beside the sizes of its networks. */
export interface ClipNumbers {
  /** Frames of a clip that the discriminator sees together. */
  readonly frames: number;
  /** Length of the clips that it was trained on [s]: the unit of time inside the networks. */
  readonly seconds: number;
  /** From the begin of a clip to that of the next in training [s]. */
  readonly stride: number;
  /** Frames a second of those clips. */
  readonly fps: number;
}

/** Length of a clip's motion code. */
export const MOTION = 32;

/** Oscillators of the motion. */
export const OSCILLATORS = 16;

/** Length of the noise that drifts through a clip. */
export const DRIFT = 16;

/** The numbers of clips that an architecture was made for. */
export function clipNumbers({ extra = {} }: Pick<Architecture, "extra">): ClipNumbers {
  const { frames = 3, seconds = 2, stride = seconds / 2, fps = 12 } = extra;
  return { frames, seconds, stride, fps };
}
