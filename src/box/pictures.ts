/** @file What the command line uses to make pictures, loaded without anything that only training or films need. */
export { writeImages, writeSeedGrid } from "../create/images.node.ts";
export { loadGenerator } from "../create/load.node.ts";
export { writeLatents, writeSamples } from "../create/samples.node.ts";
export { UPSCALE_FACTORS, type UpscaleFactor } from "../create/upscale/factor.ts";
