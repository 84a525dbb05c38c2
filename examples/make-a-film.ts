/**
 * Makes a film that walks through the pictures of six seeds and loops.
 *
 *     node --conditions=@ganbox/source --import tsx examples/make-a-film.ts [model or run]
 */
import { GAN } from "ganbox";

const [model = "models/landscapes-64.onnx"] = process.argv.slice(2);

const gan = await GAN.load(model);
const path = await gan.generateVideo({
  seeds: [1, 5, 9, 12, 20, 31],
  seconds: 12,
  fps: 30,
  interpolation: "cubic",
  truncationPsi: 0.8,
  outputDir: "new-films",
});
console.log(`wrote ${path}`);
