import type { Architecture } from "../family.ts";

/** What only StyleGAN2 knows of its networks: the numbers in `Architecture.extra`. */
export interface Settings {
  /** Length of w. */
  readonly styles: number;
  /** Layers of the generator's mapping network. */
  readonly mappingLayers: number;
  /** Layers of the mapping network that gives the discriminator its view of a class. */
  readonly classLayers: number;
  /** Feature maps are limited to +- this; 0 does not limit them. */
  readonly clamp: number;
  /** Images whose standard deviation the discriminator sees; 0 for all of a pass. */
  readonly group: number;
}

const USUAL: Settings = { styles: 512, mappingLayers: 8, classLayers: 8, clamp: 0, group: 4 };

/** The settings of an architecture; what it does not say is as published. */
export function settingsOf({ extra = {} }: Architecture): Settings {
  return { ...USUAL, ...extra };
}

/** Styles that the synthesis network takes: two a stage. */
export function styleCount({ widths }: Architecture): number {
  return 2 * widths.length;
}
