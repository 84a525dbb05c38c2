/** @file What the command line uses of `create`, loaded without anything that only training needs. */
export { type WriteWalkOptions, writeWalk } from "../create/film.node.ts";
export type { Generator } from "../create/generator.ts";
export { writeImages, writeSeedGrid } from "../create/images.node.ts";
export { loadGenerator } from "../create/load.node.ts";
export { INTERPOLATIONS, type Interpolation } from "../create/walk.ts";
