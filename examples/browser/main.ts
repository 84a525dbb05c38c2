/**
 * A page that makes pictures by itself: it loads the ready-made model, shows a grid of seeds, and walks between four of them.
 *
 *     npm run example:browser
 */
import { type Image, imageGrid, latentPath, loadGenerator, toImageData } from "ganbox/web";

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const status = element("status");

function show(id: string, image: Image): void {
  const canvas = element<HTMLCanvasElement>(id);
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(toImageData(image), 0, 0);
}

async function main(): Promise<void> {
  const generator = await loadGenerator(
    new URL("../../models/landscapes-64.onnx", import.meta.url),
  );
  const seeds = Array.from({ length: 16 }, (_, seed) => seed);
  const images: Image[] = [];
  const start = performance.now();
  for await (const image of generator.fromSeeds(seeds)) images.push(image);
  show("grid", imageGrid(images));
  const ms = Math.round(performance.now() - start);
  const { width, height } = generator.info.architecture;
  status.textContent = `${images.length} pictures of ${width}x${height} pixels in ${ms} ms, made in this page.`;

  const path = latentPath([1, 5, 9, 12].map((seed) => generator.latentOf(seed).z));
  const place = element<HTMLInputElement>("place");
  const draw = async (): Promise<void> => {
    const z = path(place.valueAsNumber);
    for await (const image of generator.generate([{ z, class: 0 }])) show("picture", image);
  };
  // One picture at a time: what the slider passes meanwhile is left out.
  let drawing = draw();
  let waiting = false;
  place.addEventListener("input", () => {
    if (waiting) return;
    waiting = true;
    drawing = drawing.then(() => {
      waiting = false;
      return draw();
    });
  });
  await drawing;
  place.disabled = false;
}

main().catch((error: Error) => {
  status.textContent = error.message;
});
