/** @file What the command line uses of autoencoders, loaded without anything that only training needs. */
export {
  loadAutoencoder,
  writeInterpolation,
  writeReconstructions,
} from "../create/autoencoder.node.ts";
