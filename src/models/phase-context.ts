import type { Shape } from "../base/shape.ts";
import * as ops from "../graph/ops/index.ts";
import type { Value } from "../graph/value.ts";
import { type Augmentation, augment, augmentInputs } from "../nn/augment.ts";
import { type Parameter, Parameters } from "../nn/parameters.ts";
import {
  type Architecture,
  examplesShape,
  type Family,
  type NetworkName,
  type ObjectiveOptions,
} from "./family.ts";

/** An input that is drawn anew for every pass. */
export interface Draw {
  readonly name: string;
  readonly shape: Shape;
  /** Standard normal, or evenly from 0 to 1. */
  readonly kind: "normal" | "uniform";
}

/** A batch of augmentations that is drawn anew for every pass. */
export interface AugmentDraw {
  readonly prefix: string;
  readonly images: number;
}

/** What all phases of a step share. */
export interface StepFacts {
  readonly family: Family;
  readonly architecture: Architecture;
  readonly objective: ObjectiveOptions;
  readonly augmentations: readonly Augmentation[];
}

/** Parameters by network, declared by whichever phase uses them first. */
export type Networks = Readonly<Record<NetworkName, Parameters>>;

/** Networks without any parameters yet. */
export function emptyNetworks(): Networks {
  return { G: new Parameters("G"), D: new Parameters("D"), E: new Parameters("E") };
}

/** The parameters of all networks. */
export function parametersOf(networks: Networks): Readonly<Record<NetworkName, Parameter[]>> {
  return { G: networks.G.list(), D: networks.D.list(), E: networks.E.list() };
}

/**
 * What a phase builds its objective from: the inputs of a pass, the networks, and random numbers. It keeps a list of what was asked for, which the
 * trainer feeds.
 */
export class PhaseContext {
  /** Real images in a pass. */
  readonly pairs: number;
  /** Size of the networks. */
  readonly architecture: Architecture;
  /** What the run minimises. */
  readonly objective: ObjectiveOptions;
  /** Networks as they are in this phase. */
  readonly networks: Networks;
  readonly #augmentations: readonly Augmentation[];
  readonly #draws = new Map<string, Draw & { readonly value: Value }>();
  readonly #augmented: AugmentDraw[] = [];
  readonly #updates = new Map<string, Value>();
  /** Real examples [pairs, planes, H, W] in [-1, 1]. */
  readonly real: Value;
  /** Numbers [pairs, F] that the data set keeps with each example, for families that have facts. */
  readonly facts: Value | undefined;
  /** One-hot classes [pairs, classes] of the real images, for conditional models. */
  readonly c: Value | undefined;
  /** Scalar weight of the gradient penalty. */
  readonly gamma: Value;

  constructor(facts: StepFacts, networks: Networks, pairs: number) {
    this.pairs = pairs;
    this.architecture = facts.architecture;
    this.objective = facts.objective;
    this.#augmentations = facts.augmentations;
    const { family, architecture } = facts;
    const { classes } = architecture;
    const bytes = ops.input("real", examplesShape(family, architecture, pairs), "uint8");
    this.real = ops.sub(ops.mul(ops.cast(bytes, "float32"), 1 / 127.5), 1);
    const numbers = family.facts?.(architecture) ?? 0;
    this.facts = numbers === 0 ? undefined : ops.input("facts", [pairs, numbers]);
    this.c = classes === 0 ? undefined : ops.input("c", [pairs, classes]);
    this.gamma = ops.input("gamma", []);
    const run = {
      noise: (name: string, shape: Shape): Value => this.random(`noise/${name}`, shape, "normal"),
      update: (name: string, value: Value): void => void this.#updates.set(name, value),
    };
    this.networks = {
      G: networks.G.during(run),
      D: networks.D.during(run),
      E: networks.E.during(run),
    };
  }

  /** Latents [pairs, latent], standard normal. */
  get z(): Value {
    return this.random("z", [this.pairs, this.architecture.latent], "normal");
  }

  /** Random numbers, drawn anew for every pass. The same name is the same numbers; another shape of it gets numbers of its own. */
  random(name: string, shape: Shape, kind: Draw["kind"]): Value {
    let path = name;
    for (let i = 2; this.#draws.has(path); i++) {
      const known = this.#draws.get(path);
      if (known?.kind === kind && known.shape.join() === shape.join()) return known.value;
      path = `${name}/${i}`;
    }
    const value = ops.input(path, shape);
    this.#draws.set(path, { name: path, shape, kind, value });
    return value;
  }

  /** Images [N, planes, H, W] augmented as the run is set; each prefix draws its own choices. */
  augment(images: Value, prefix: string): Value {
    if (this.#augmentations.length === 0) return images;
    const n = images.shape[0] as number;
    this.#augmented.push({ prefix, images: n });
    return augment(images, augmentInputs(prefix, n), this.#augmentations);
  }

  /** Random inputs that were asked for. */
  get draws(): readonly Draw[] {
    return [...this.#draws.values()].map(({ name, shape, kind }) => ({ name, shape, kind }));
  }

  /** Augmentations that were asked for. */
  get augmented(): readonly AugmentDraw[] {
    return this.#augmented;
  }

  /** Next values of buffers of some networks, by name. */
  updatesOf(networks: readonly NetworkName[]): ReadonlyMap<string, Value> {
    return new Map(
      [...this.#updates].filter(([name]) =>
        networks.some((network) => name.startsWith(`${network}/`)),
      ),
    );
  }
}
