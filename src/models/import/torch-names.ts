import {
  briefly,
  isCount,
  isCounts,
  type Meaning,
  type Meanings,
  PickleName,
  type PickleValue,
} from "./pickle-values.ts";
import { type Element, elementBytes, Storage, StridedTensor } from "./strided-tensor.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** PyTorch's classes of storages. */
const STORAGES: ReadonlyMap<string, Element> = new Map([
  ["torch.DoubleStorage", "float64"],
  ["torch.FloatStorage", "float32"],
  ["torch.HalfStorage", "float16"],
  ["torch.BFloat16Storage", "bfloat16"],
  ["torch.LongStorage", "int64"],
  ["torch.IntStorage", "int32"],
  ["torch.ShortStorage", "int16"],
  ["torch.CharStorage", "int8"],
  ["torch.ByteStorage", "uint8"],
  ["torch.BoolStorage", "bool"],
]);

/** Tensors and parameters of PyTorch, over storages that lie outside of the pickle. */
export const TORCH_NAMES: Meanings = new Map<string, Meaning | null>([
  ...[...STORAGES.keys()].map((name): [string, null] => [name, null]),
  ["torch._utils._rebuild_tensor_v2", tensor],
  ["torch._utils._rebuild_parameter", parameter],
  ["torch.Size", size],
]);

/** Storage, offset, shape and strides; what follows concerns gradients. */
function tensor(
  [storage, offset, shape, strides]: readonly PickleValue[],
  file: UntrustedFile,
): PickleValue {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw file.damaged(
      `the pickle makes a tensor of ${[storage, offset, shape, strides].map(briefly).join(", ")}, expected a storage, an offset, a shape and strides`,
    );
  }
  return new StridedTensor(storage, offset, shape, strides);
}

function parameter([data]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  if (!(data instanceof StridedTensor)) {
    throw file.damaged(`the pickle makes a parameter of ${briefly(data)}, expected a tensor`);
  }
  return data;
}

function size([shape]: readonly PickleValue[], file: UntrustedFile): PickleValue {
  if (!isCounts(shape)) throw file.damaged(`the pickle makes a shape of ${briefly(shape)}`);
  return shape;
}

/**
 * The storages of one file by the key that persistent ids name them by, in the form that `torch.save` gives these ids: a tuple
 * of "storage", class, key, device, number of elements and, in old files, None.
 */
export class Storages {
  /** Storages by key. */
  readonly byKey = new Map<string, Storage>();
  readonly #file: UntrustedFile;
  readonly #bytesOf: ((key: string) => Uint8Array) | undefined;

  /** @param bytesOf Finds a storage's bytes; without it they are to be filled in later. */
  constructor(file: UntrustedFile, bytesOf?: (key: string) => Uint8Array) {
    this.#file = file;
    this.#bytesOf = bytesOf;
  }

  /** @throws {CheckpointError} if the id has another form or contradicts an earlier one. */
  load(id: PickleValue): Storage {
    const [word, type, key, , length, view = null] = Array.isArray(id) ? id : [];
    const element = type instanceof PickleName ? STORAGES.get(type.name) : undefined;
    if (
      word !== "storage" ||
      !element ||
      typeof key !== "string" ||
      !isCount(length) ||
      view !== null
    ) {
      throw this.#file.damaged(
        `the pickle refers to ${Array.isArray(id) ? id.slice(0, 6).map(briefly).join(", ") : briefly(id)}, expected the class, key and size of a storage`,
      );
    }
    const known = this.byKey.get(key);
    const storage = known ?? new Storage(element, length, this.#bytesOf?.(key));
    if (storage.element !== element || storage.length !== length) {
      throw this.#file.damaged(
        `storage ${briefly(key)} has ${length} elements of ${element}, expected ${storage.length} of ${storage.element} as before`,
      );
    }
    if (storage.bytes && storage.bytes.length !== length * elementBytes(element)) {
      throw this.#file.damaged(
        `storage ${briefly(key)} has ${storage.bytes.length} bytes, expected ${length} elements of ${element}`,
      );
    }
    this.byKey.set(key, storage);
    return storage;
  }
}
