/**
 * Trains the small classifiers whose features and classes the suite measures with, and writes them to models/features/.
 *
 *     npm run classifiers              # all
 *     npm run classifiers -- mnist     # one
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FeatureNetwork } from "../../src/metrics/feature-network.ts";
import { digits } from "../sets/digits.ts";
import { fashion } from "../sets/fashion.ts";
import { instruments } from "../sets/instruments.ts";
import type { LabelledPictures } from "../sets/labelled.ts";
import { accuracyOf } from "./accuracy.ts";
import { type Distortion, distort } from "./distort.ts";
import { classifier } from "./network.ts";
import { soundClassifier, varySound } from "./sound.ts";
import { type ClassifierRecipe, trainClassifier } from "./train.ts";

const RECIPES: Readonly<
  Record<
    string,
    ClassifierRecipe & {
      load: () => Promise<{ train: LabelledPictures; heldOut: LabelledPictures }>;
    }
  >
> = {
  mnist: {
    load: async () => digits(),
    epochs: 40,
    network: classifier,
    vary: distorted({ shift: 2, turn: 0.2, stretch: 0.12, mirror: false }),
  },
  fashion: {
    load: async () => fashion(),
    epochs: 12,
    network: classifier,
    vary: distorted({ shift: 1, turn: 0.05, stretch: 0.05, mirror: true }),
  },
  sounds: {
    load: () =>
      instruments((done, total) => {
        if (done % 100 === 0) console.log(`sounds: ${done} of ${total} notes played`);
      }),
    epochs: 60,
    network: soundClassifier,
    vary: varySound,
  },
};

function distorted(limits: Distortion): ClassifierRecipe["vary"] {
  return (pixels, side, random, out) => distort(pixels, side, limits, random, out);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RECIPES);
const folder = resolve(import.meta.dirname, "../../models/features");
mkdirSync(folder, { recursive: true });
for (const name of wanted) {
  const recipe = RECIPES[name];
  if (recipe === undefined)
    throw new Error(`${name}: no such classifier, expected ${Object.keys(RECIPES).join(" or ")}.`);
  const { train, heldOut } = await recipe.load();
  const start = performance.now();
  const bytes = await trainClassifier(train, recipe, 0, (epoch, loss) => {
    const seconds = (performance.now() - start) / 1000;
    const left = (seconds / epoch) * (recipe.epochs - epoch);
    console.log(
      `${name} epoch ${epoch} of ${recipe.epochs}, loss ${loss.toFixed(4)}, ${left.toFixed(0)} s left`,
    );
  });
  writeFileSync(join(folder, `${name}.onnx`), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const network = await FeatureNetwork.decode(bytes, { name, sha256, where: `${name}.onnx` });
  const accuracy = await accuracyOf(network, heldOut);
  await network.dispose();
  console.log(
    `${name}: ${(100 * accuracy).toFixed(2)} % of ${heldOut.count} held-out pictures, ${(bytes.length / 1e3).toFixed(0)} kB, SHA-256 ${sha256}`,
  );
}
