import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** 32-bit finaliser of MurmurHash3 over a running hash: spreads every input bit over the output. */
function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) + 0x9e3779b9;
}

/** Four 32-bit words derived from a path of labels: the state of a generator. */
function stateOf(path: readonly (number | string)[]): number[] {
  return [1, 2, 3, 4].map((salt) => {
    let hash = salt;
    for (const label of path) {
      if (typeof label === "number") {
        hash = mix(mix(hash, label | 0), Math.floor(label / 2 ** 32) | 0);
      } else {
        for (let i = 0; i < label.length; i++) hash = mix(hash, label.charCodeAt(i));
        hash = mix(hash, -1 - label.length);
      }
    }
    return mix(hash, salt) | 0;
  });
}

/**
 * Seeded random numbers (xoroshiro128+) that split by name.
 *
 * `new Random(seed).split("z").split(17)` is always the same stream, whatever was drawn elsewhere. Work that is addressed this
 * way (by purpose and step number) needs no saved random state: stop and continue equals never stopped.
 */
export class Random {
  readonly #path: readonly (number | string)[];
  readonly #generator: ReturnType<typeof xoroshiro128plusFromState>;

  /** @param seed Any integer in -2^53 .. 2^53. */
  constructor(seed: number, path: readonly (number | string)[] = []) {
    this.#path = [seed, ...path];
    this.#generator = xoroshiro128plusFromState(stateOf(this.#path));
  }

  /** An independent stream named by this stream's path and `label`; does not depend on what was drawn before. */
  split(label: number | string): Random {
    const [seed = 0, ...path] = this.#path;
    return new Random(seed as number, [...path, label]);
  }

  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.#generator.next() >>> 5;
    const low = this.#generator.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Uniform integer in 0 .. n - 1. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Standard normal by the Box-Muller transform. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Fills `out` with standard normals and returns it. */
  fillNormal(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  }

  /** A random order of 0 .. n - 1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = new Uint32Array(n).map((_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i] as number;
      order[i] = order[j] as number;
      order[j] = swap;
    }
    return order;
  }
}
