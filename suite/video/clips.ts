import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Random } from "../../src/base/random.ts";
import type { Generator, Latent } from "../../src/create/generator.ts";
import { momentOf, movingLatentOf } from "../../src/create/video/moving-latent.ts";
import { latentPath } from "../../src/create/walk.ts";
import { digits } from "../sets/digits.ts";
import type { GreyClips } from "./measures.ts";
import { CLIP_FRAMES, FPS, movingDigit, SIDE } from "./moving-digits.ts";

const AREA = SIDE * SIDE;

/** Real clips of digits that no model was trained on; `seed` decides which. */
export function realClips(count: number, seed: number): GreyClips {
  const { heldOut } = digits();
  const random = new Random(seed).split("held-out clips");
  const frames = new Float32Array(count * CLIP_FRAMES * AREA);
  for (let i = 0; i < count; i++) {
    const clip = movingDigit(heldOut, random.split(i), CLIP_FRAMES);
    for (const [j, byte] of clip.frames.entries()) frames[i * CLIP_FRAMES * AREA + j] = byte / 255;
  }
  return { count, frames };
}

/** Frames of a set as a set of pictures, an IDX file: what the baselines are trained on. Made on first use. */
export function framesFile(): string {
  const folder = resolve(import.meta.dirname, "../../.cache/sets/moving-mnist-frames");
  const path = `${folder}/train-images-idx3-ubyte`;
  if (existsSync(path)) return path;
  const { train } = digits();
  const random = new Random(0).split("moving digits");
  const [films, each] = [6000, 8];
  const bytes = new Uint8Array(16 + films * each * AREA);
  const header = new DataView(bytes.buffer);
  for (const [i, value] of [0x803, films * each, SIDE, SIDE].entries())
    header.setUint32(4 * i, value);
  for (let i = 0; i < films; i++)
    bytes.set(movingDigit(train, random.split(i), each).frames, 16 + i * each * AREA);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.partial`, bytes);
  renameSync(`${path}.partial`, path);
  return path;
}

/** How a generator is made to show clips. */
export type ClipMaker = "video" | "independent" | "walk";

/** Clips of a generator: films of a video model; of a model of pictures frames drawn one by one, or walks from one z to another. */
export async function generatedClips(
  generator: Generator,
  maker: ClipMaker,
  count: number,
): Promise<GreyClips> {
  const frames = new Float32Array(count * CLIP_FRAMES * AREA);
  let at = 0;
  for await (const { data } of generator.generate(latentsOf(generator, maker, count)))
    for (let i = 0; i < AREA; i++)
      frames[at++] =
        ((data[3 * i] as number) + (data[3 * i + 1] as number) + (data[3 * i + 2] as number)) / 765;
  return { count, frames };
}

/** A walk goes to the next z in this time [frames]: what moved digits about as fast as real ones. */
const WALK_FRAMES = 2 * CLIP_FRAMES;

function* latentsOf(generator: Generator, maker: ClipMaker, count: number): Iterable<Latent> {
  const { architecture } = generator.info;
  for (let n = 0; n < count; n++) {
    if (maker === "video") {
      const film = movingLatentOf(generator, n);
      for (let f = 0; f < CLIP_FRAMES; f++) yield momentOf(architecture, film, f / FPS);
    } else if (maker === "independent") {
      for (let f = 0; f < CLIP_FRAMES; f++) yield generator.latentOf(n * CLIP_FRAMES + f);
    } else {
      const along = latentPath([generator.latentOf(2 * n).z, generator.latentOf(2 * n + 1).z]);
      for (let f = 0; f < CLIP_FRAMES; f++) yield { z: along(f / WALK_FRAMES / 2), class: 0 };
    }
  }
}
