/** @file The process in which generators run, so that pictures are enlarged and encoded meanwhile. It ends with the one that started it. */
import { GanboxError } from "../../base/errors.ts";
import type { Image } from "../../media/image.ts";
import { mediumOf } from "../../models/registry.ts";
import { clipNumbers } from "../../models/video/shape.ts";
import type { Generator } from "../generator.ts";
import { loadGenerator } from "../load.node.ts";
import { checkMakesPictures } from "../makes-pictures.ts";
import { parseUpscale } from "../upscale/factor.ts";
import { loadSuperResolution } from "../upscale/load.node.ts";
import type { FramesJob, FromFrames, OpenFrames, ToFrames } from "./frames.node.ts";

// The terminal sends Ctrl-C to all processes; the first decides what it means.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());

let generators: readonly Generator[] = [];
let truncationPsi = 1;
let enlarged = async (images: Image[]): Promise<Image[]> => images;

function send(message: FromFrames): void {
  if (process.connected) process.send?.(message);
}

async function open(message: OpenFrames): Promise<void> {
  const { models, threads, truncationPsi: psi, upscale } = message;
  generators = await Promise.all(models.map((path) => loadGenerator(path, { threads })));
  for (const [i, { info }] of generators.entries())
    checkMakesPictures(info.architecture, models[i] ?? "music video");
  truncationPsi = psi;
  if (upscale > 1) {
    const network = await loadSuperResolution({ threads });
    enlarged = (images) => network.enlarge(images, parseUpscale(upscale));
  }
  send({
    type: "ready",
    models: generators.map(({ info: { architecture } }) => {
      const { family, latent, classes, width, height } = architecture;
      const clips = mediumOf(family) === "clips" ? { clips: clipNumbers(architecture) } : {};
      return { latent, classes, width: upscale * width, height: upscale * height, ...clips };
    }),
  });
}

async function generate({ model, latents }: FramesJob): Promise<void> {
  const images: Image[] = [];
  const made = (generators[model] as Generator).generate(latents, { truncationPsi });
  for await (const image of made) images.push(image);
  send({ type: "images", images: await enlarged(images) });
}

let turn = Promise.resolve();
process.on("message", (message: ToFrames) => {
  turn = turn
    .then(() => ("models" in message ? open(message) : generate(message)))
    .catch((error: Error) => {
      const code = error instanceof GanboxError ? error.code : undefined;
      send({ type: "error", message: error.message, code });
    });
});
