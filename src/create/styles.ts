import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import type { Engine } from "../engine/engine.ts";
import type { Program } from "../engine/program.ts";
import type { ModelInfo } from "../models/model-file.ts";
import type { StyleGraphs } from "../models/style-graphs.ts";
import type { Latent } from "./generator.ts";
import { kMeans, nearest, type Points } from "./k-means.ts";

/** How styles are truncated. */
export interface Truncation {
  /** Part of the way from the centre that is left. */
  readonly psi: number;
  /** Centres, of which the nearest counts; 1 is the mean of all w. */
  readonly centres: number;
  /** Class whose pictures are made; undefined for that of each seed. */
  readonly class: number | undefined;
}

/** Latents in one run of the mapping network. */
const BATCH = 64;

/** Random w from which centres are found: a few thousand, and some for each centre. */
const CENTRE_SAMPLES = 4096;
const SAMPLES_A_CENTRE = 64;

/**
 * The first half of a generator with styles: z to w, and truncation in w: `centre + psi (w - centre)`.
 *
 * With more than one centre, a picture goes towards the nearest of the means of groups of w: towards a typical picture of its own kind rather than
 * the mean of all kinds.
 *
 * @see Mokady et al. 2022, "Self-Distilled StyleGAN: Towards Generation from Internet Photos", arXiv:2202.12211
 */
export class Styles {
  readonly #info: ModelInfo;
  readonly #weights: ReadonlyMap<string, HostTensor>;
  readonly #engine: Engine;
  readonly #graphs: StyleGraphs;
  #program: Promise<Program> | undefined;
  readonly #centres = new Map<string, Promise<Points>>();

  constructor(
    info: ModelInfo,
    weights: ReadonlyMap<string, HostTensor>,
    engine: Engine,
    graphs: StyleGraphs,
  ) {
    this.#info = info;
    this.#weights = weights;
    this.#engine = engine;
    this.#graphs = graphs;
  }

  /** The w of latents, truncated. */
  async of(latents: readonly Latent[], truncation: Truncation): Promise<Float32Array[]> {
    const { w } = await this.#map(latents);
    const length = w.data.length / latents.length;
    const rows = latents.map((_, n) => w.data.slice(n * length, (n + 1) * length));
    const { psi } = truncation;
    if (psi === 1) return rows;
    const centres = await this.#centresOf(truncation);
    return rows.map((row) => {
      const at = nearest({ data: row, length }, 0, centres) * length;
      return row.map((x, i) => {
        const centre = centres.data[at + i] as number;
        return centre + psi * (x - centre);
      });
    });
  }

  /** w and its mean, in runs of one size: a picture then does not depend on what is made beside it. */
  async #map(latents: readonly Latent[]): Promise<{ w: Points; average: Float32Array }> {
    this.#program ??= this.#engine.compile(this.#graphs.mapping(BATCH), {
      weights: this.#weights,
      tune: false,
    });
    const program = await this.#program;
    const { latent, classes } = this.#info.architecture;
    let data = new Float32Array(0);
    let average = new Float32Array(0);
    for (let first = 0; first < latents.length; first += BATCH) {
      const part = latents.slice(first, first + BATCH);
      const z = hostTensor("float32", [BATCH, latent]);
      const c = hostTensor("float32", [BATCH, classes]);
      for (const [n, { z: row, class: label }] of part.entries()) {
        z.data.set(row, n * latent);
        if (classes > 0) c.data[n * classes + label] = 1;
      }
      const { results } = await program.run(classes > 0 ? { z, c } : { z });
      const w = results.w?.data as Float32Array;
      average = Float32Array.from(results.average?.data as Float32Array);
      if (first === 0) data = new Float32Array(latents.length * average.length);
      data.set(w.subarray(0, part.length * average.length), first * average.length);
    }
    return { w: { data, length: average.length }, average };
  }

  async #centresOf({ centres: k, class: label }: Truncation): Promise<Points> {
    const key = k === 1 ? "average" : `${k} ${label}`;
    const known = this.#centres.get(key);
    if (known !== undefined) return await known;
    const found = this.#find(k, label);
    this.#centres.set(key, found);
    return await found;
  }

  async #find(k: number, label: number | undefined): Promise<Points> {
    const { latent, classes } = this.#info.architecture;
    const random = new Random(0).split("centres");
    const samples = k === 1 ? 1 : Math.max(CENTRE_SAMPLES, SAMPLES_A_CENTRE * k);
    const latents = Array.from({ length: samples }, (_, i): Latent => {
      const z = random.split(i).fillNormal(new Float32Array(latent));
      return { z, class: label ?? (classes === 0 ? 0 : i % classes) };
    });
    const { w, average } = await this.#map(latents);
    return k === 1 ? { data: average, length: average.length } : kMeans(w, k, random);
  }

  /** Frees the compiled graph. */
  async dispose(): Promise<void> {
    await (await this.#program)?.dispose();
    this.#program = undefined;
  }
}
