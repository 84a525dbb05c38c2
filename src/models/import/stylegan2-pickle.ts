import { CheckpointError } from "../../base/errors.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { describeFile } from "../../graph/file-kind.ts";
import { readPickle } from "./pickle.ts";
import {
  briefly,
  type Meaning,
  type Meanings,
  PickleObject,
  type PickleValue,
  quoted,
} from "./pickle-values.ts";
import { denseTensor, StridedTensor } from "./strided-tensor.ts";
import {
  type DiscriminatorSettings,
  discriminatorSettings,
  type GeneratorSettings,
  generatorSettings,
} from "./stylegan2-settings.ts";
import { readTorchValue, TENSOR_NAMES } from "./torch-file.ts";
import { UntrustedFile } from "./untrusted-file.ts";

/** A network of a file: how it was made, and its parameters and buffers by their path, for example `synthesis.b4.conv1.weight`. */
export interface ImportedNetwork<S> {
  readonly settings: S;
  /** Values and shapes as in the file: weights are [out, in, k, k] or [out, in], before equalised learning rates. */
  readonly tensors: ReadonlyMap<string, HostTensor<"float32">>;
}

/** The networks of a StyleGAN2-ADA network pickle. */
export interface StyleGan2Pickle {
  /** `G_ema`: the average over training, which makes the better pictures. */
  readonly generatorEma: ImportedNetwork<GeneratorSettings>;
  /** `G` and `D`, to train on; files that were made smaller lack them. */
  readonly generator: ImportedNetwork<GeneratorSettings> | undefined;
  readonly discriminator: ImportedNetwork<DiscriminatorSettings> | undefined;
}

/** Modules and tensors of one network, at most; the largest has some hundred. */
const MAX_PARTS = 10_000;

/** Modules in modules, at most. */
const MAX_DEPTH = 16;

/** Names of modules and tensors are Python identifiers. */
const NAME = /^\w{1,64}$/;

/**
 * Reads a network pickle (.pkl) of StyleGAN2-ADA's PyTorch version. Such a file holds the source text of its classes, to be run
 * by whoever opens it: it is ignored here. What is read is how the networks were made, and their tensors.
 *
 * @param source What the bytes are, for messages: usually the file's path.
 * @throws {CheckpointError} if the bytes are no such file, are cut short or contradict themselves, if the file asks for anything
 *   but tensors, numbers, texts, containers and such networks (which is named), grows to far more than its size, or holds other
 *   networks.
 * @see Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", arXiv:2006.06676
 */
export function decodeStyleGan2Pickle(bytes: Uint8Array, source: string): StyleGan2Pickle {
  if (bytes[0] !== 0x80) {
    throw new CheckpointError(
      `${source}: this is ${describeFile(bytes)}, expected a StyleGAN2-ADA network pickle. Give a .pkl file.`,
    );
  }
  const file = new UntrustedFile(source, bytes.length);
  const { value } = readPickle(bytes, file, networkNames());
  const [ema, g, d] = ["G_ema", "G", "D"].map((name) => networkOf(value, name, file));
  if (!ema) {
    throw new CheckpointError(
      `${source}: the pickle has no network G_ema (it is ${briefly(value)}), expected a StyleGAN2-ADA network pickle. Give one that its training wrote.`,
    );
  }
  return {
    generatorEma: read(ema, "G_ema", generatorSettings, file),
    generator: g && read(g, "G", generatorSettings, file),
    discriminator: d && read(d, "D", discriminatorSettings, file),
  };
}

/** An object whose class came along as source text. Only the name of the class and the attributes are kept. */
class PersistentObject extends PickleObject {
  readonly kind: string;
  readonly className: string;
  readonly #state: ReadonlyMap<PickleValue, PickleValue>;

  constructor(className: string, state: ReadonlyMap<PickleValue, PickleValue>) {
    super();
    this.kind = `a ${quoted(className)}`;
    this.className = className;
    this.#state = state;
  }

  get(attribute: string): PickleValue {
    return this.#state.get(attribute) ?? null;
  }

  /** The entries of an attribute that is a dictionary by names. */
  entries(attribute: string, file: UntrustedFile): (readonly [string, PickleValue])[] {
    const map = this.get(attribute);
    if (!(map instanceof Map) || map.size > MAX_PARTS) {
      throw file.damaged(`${this.kind} has ${briefly(map)} for ${attribute}`);
    }
    return [...map].map(([name, value]) => {
      if (typeof name !== "string" || !NAME.test(name)) {
        throw file.damaged(`${this.kind} has a part named ${briefly(name)} in ${attribute}`);
      }
      return [name, value];
    });
  }
}

/** What a network pickle may ask for. One file's, since storages that occur twice are read once. */
function networkNames(): Meanings {
  const loaded = new WeakMap<Uint8Array, PickleValue>();
  const loadFromBytes: Meaning = ([bytes], file) => {
    if (!(bytes instanceof Uint8Array)) {
      throw file.damaged(`the pickle loads a storage from ${briefly(bytes)}`);
    }
    const value = loaded.get(bytes) ?? readTorchValue(bytes, file);
    loaded.set(bytes, value);
    return value;
  };
  return new Map<string, Meaning | null>([
    ...TENSOR_NAMES,
    ["dnnlib.util.EasyDict", () => new Map()],
    ["dnnlib.tflib.network.Network", refuseTensorFlow],
    ["torch.storage._load_from_bytes", loadFromBytes],
    ["torch_utils.persistence._reconstruct_persistent_obj", persistentObject],
  ]);
}

function refuseTensorFlow(_: readonly PickleValue[], file: UntrustedFile): never {
  throw new CheckpointError(
    `${file.source}: this is a network pickle of the TensorFlow version, expected one of the PyTorch version. Convert it with legacy.py of stylegan2-ada-pytorch.`,
  );
}

function persistentObject([meta]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  const get = (key: string): PickleValue | undefined =>
    meta instanceof Map ? meta.get(key) : undefined;
  const name = get("class_name");
  const state = get("state");
  if (get("type") !== "class" || typeof name !== "string" || !(state instanceof Map)) {
    throw file.damaged(
      `the pickle has an object of class ${briefly(name)} with ${briefly(state)}, expected a class's name and attributes`,
    );
  }
  return new PersistentObject(name, state);
}

function networkOf(
  value: PickleValue,
  name: string,
  file: UntrustedFile,
): PersistentObject | undefined {
  const network = value instanceof Map ? value.get(name) : undefined;
  if (network === undefined || network === null) return undefined;
  if (network instanceof PersistentObject) return network;
  throw file.damaged(`${name} is ${briefly(network)}, expected a network`);
}

function read<S>(
  network: PersistentObject,
  name: string,
  settingsOf: (kwargs: PickleValue, network: string, file: UntrustedFile) => S,
  file: UntrustedFile,
): ImportedNetwork<S> {
  const args = network.get("_init_args");
  if (Array.isArray(args) && args.length > 0) {
    throw file.damaged(`${name} was made with ${args.length} arguments without names`);
  }
  const settings = settingsOf(network.get("_init_kwargs"), name, file);
  const tensors = new Map<string, HostTensor<"float32">>();
  collect(network, "", tensors, { left: MAX_PARTS }, file, 0);
  return { settings, tensors };
}

function collect(
  module: PersistentObject,
  prefix: string,
  tensors: Map<string, HostTensor<"float32">>,
  parts: { left: number },
  file: UntrustedFile,
  depth: number,
): void {
  if (depth > MAX_DEPTH)
    throw file.damaged(`it has modules in modules more than ${MAX_DEPTH} deep`);
  const count = (): void => {
    parts.left--;
    if (parts.left < 0) throw file.damaged(`a network has more than ${MAX_PARTS} parts`);
  };
  for (const attribute of ["_parameters", "_buffers"]) {
    for (const [name, tensor] of module.entries(attribute, file)) {
      count();
      if (tensor === null) continue;
      tensors.set(prefix + name, float32(tensor, prefix + name, file));
    }
  }
  for (const [name, inner] of module.entries("_modules", file)) {
    count();
    if (inner === null) continue;
    if (!(inner instanceof PersistentObject)) {
      throw file.damaged(`module "${prefix}${name}" is ${briefly(inner)}, expected a module`);
    }
    collect(inner, `${prefix}${name}.`, tensors, parts, file, depth + 1);
  }
}

function float32(value: PickleValue, name: string, file: UntrustedFile): HostTensor<"float32"> {
  const tensor = value instanceof StridedTensor ? denseTensor(value, name, file) : undefined;
  if (tensor?.data instanceof Float32Array) return hostTensor("float32", tensor.shape, tensor.data);
  if (tensor?.data instanceof Float64Array) {
    return hostTensor("float32", tensor.shape, Float32Array.from(tensor.data));
  }
  throw file.damaged(
    `"${name}" is ${tensor?.dtype ?? briefly(value)}, expected floating point numbers`,
  );
}
