import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import type { Engine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { State } from "../engine/state.ts";
import type { Architecture } from "../models/family.ts";
import { drawInputs, stackInputs } from "../models/inputs.ts";
import { generatorGraph } from "../models/model-file.ts";
import type { RunConfig } from "./config.ts";
import { emaOf } from "./phases.ts";

/** Inputs of the generator for `count` seeds from `first` on: the z of each, classes in turn, and what else its family needs. */
export function feedsOf(
  architecture: Architecture,
  first: number,
  count: number,
): Record<string, HostTensor> {
  const { latent, classes } = architecture;
  const z = hostTensor("float32", [count, latent]);
  const c = hostTensor("float32", [count, Math.max(classes, 1)]);
  for (let i = 0; i < count; i++) {
    const seed = first + i;
    z.data.set(new Random(seed).split("z").fillNormal(new Float32Array(latent)), i * latent);
    c.data[i * Math.max(classes, 1) + (seed % Math.max(classes, 1))] = 1;
  }
  const drawn = Array.from({ length: count }, (_, i) =>
    drawInputs(architecture, new Random(first + i).split("inputs")),
  );
  const feeds = { z, ...stackInputs(architecture, drawn, count) };
  return classes > 0 ? { ...feeds, c } : feeds;
}

/** Pictures in one run: a pass of training. */
const batchOf = ({ batch, microBatch }: RunConfig): number => Math.min(batch, microBatch);

/** Draws the averaged generator while it trains: seeds 0, 1, … each time, so that grids can be compared. */
export class SampleDrawer {
  readonly #config: RunConfig;
  readonly #program: Program;

  private constructor(config: RunConfig, program: Program) {
    this.#config = config;
    this.#program = program;
  }

  /** Compiles the generator for batches as large as training's. */
  static async create(config: RunConfig, engine: Engine): Promise<SampleDrawer> {
    const { images } = generatorGraph(config.architecture, batchOf(config));
    return new SampleDrawer(config, await engine.compile({ images }));
  }

  /** Pictures of seeds 0 .. count - 1, [channels, H, W] in [-1, 1] each; classes in turn. */
  async draw(count: number, state: State): Promise<Float32Array[]> {
    const { architecture } = this.#config;
    const batch = batchOf(this.#config);
    const { channels, height, width } = architecture;
    const averaged = { live: (name: string) => state.live(emaOf(name)) ?? state.live(name) };
    const size = channels * height * width;
    const pictures: Float32Array[] = [];
    while (pictures.length < count) {
      const feeds = feedsOf(architecture, pictures.length, batch);
      const { images } = (await this.#program.run(feeds, averaged)).results;
      const data = images?.data as Float32Array;
      for (let i = 0; i < batch && pictures.length < count; i++)
        pictures.push(data.slice(i * size, (i + 1) * size));
    }
    return pictures;
  }

  /** Frees the compiled graph. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}
