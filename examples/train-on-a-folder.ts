/**
 * Trains a small GAN on a folder of pictures and makes sixteen new ones.
 *
 *     node --conditions=@ganbox/source --import tsx examples/train-on-a-folder.ts [folder] [iterations]
 */
import { GAN, GANbox } from "ganbox";

const [folder = "assets/landscapes", iterations = "200"] = process.argv.slice(2);

const box = await GANbox.open(folder);
const gan = new GAN({ iterations: Number(iterations), resolution: 32, batch: 16 });

for await (const event of gan.train(box)) {
  if (event.type === "start") {
    console.log(
      `${event.run}: ${event.pictures} pictures of ${event.width}x${event.height} pixels`,
    );
  } else if (event.type === "tick") {
    const { step, imagesPerSecond, lossD, lossG } = event;
    const losses = `loss D ${lossD?.toFixed(2)} G ${lossG.toFixed(2)}`;
    console.log(`step ${step}: ${imagesPerSecond.toFixed(0)} images/s, ${losses}`);
  } else if (event.type === "warning") {
    console.warn(event.message);
  }
}

const seeds = Array.from({ length: 16 }, (_, seed) => seed);
const paths = await gan.generateImage({ seeds, outputDir: "new-pictures", grid: true });
console.log(`wrote ${paths.length} files, the last is ${paths.at(-1)}`);
