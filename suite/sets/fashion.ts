import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fetchPackage } from "./cache.ts";
import type { LabelledPictures } from "./labelled.ts";

const CLASSES = [
  "T-shirt",
  "trouser",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
];

/** Folder of the IDX files of Fashion-MNIST (Debian's `dataset-fashion-mnist`). */
export function fashionFolder(): string {
  return join(fetchPackage("debian", "dataset-fashion-mnist"), "usr/share/datasets/fashion-mnist");
}

/** Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): 60,000 pictures to train with, 10,000 to test with. */
export function fashion(): { train: LabelledPictures; heldOut: LabelledPictures } {
  return { train: part("train"), heldOut: part("t10k") };
}

function part(name: string): LabelledPictures {
  const bytes = (file: string): Uint8Array =>
    gunzipSync(readFileSync(join(fashionFolder(), `${name}-${file}-ubyte.gz`)));
  const labels = bytes("labels-idx1").subarray(8);
  return {
    name: "Fashion-MNIST",
    count: labels.length,
    side: 28,
    pixels: bytes("images-idx3").subarray(16),
    labels,
    classes: CLASSES,
  };
}
