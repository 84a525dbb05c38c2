import { ByteReader } from "./byte-reader.ts";
import { readPickle } from "./pickle.ts";
import { briefly, type Meanings, type PickleValue } from "./pickle-values.ts";
import { elementBytes } from "./strided-tensor.ts";
import { Storages } from "./torch-names.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** The whole number that such a file's first pickle holds. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/** Version of the format, in the second pickle; there has been no other. */
const VERSION = 1001;

/**
 * Reads what `torch.save` wrote before PyTorch 1.6, and still writes inside of other pickles: pickles of a magic number, a
 * version, the writer's machine, the object and the keys of its storages, then each storage's length and elements.
 *
 * @throws {CheckpointError} if the file is another, damaged or cut short, or its pickle asks for anything but the given names.
 */
export function readTorchLegacy(
  bytes: Uint8Array,
  file: UntrustedFile,
  names: Meanings,
): PickleValue {
  const magic = readPickle(bytes, file, names);
  if (magic.value !== MAGIC) {
    throw file.damaged(`it begins with ${briefly(magic.value)}, expected PyTorch's magic number`);
  }
  const version = readPickle(bytes, file, names, undefined, magic.end);
  const machine = readPickle(bytes, file, names, undefined, version.end);
  const little = machine.value instanceof Map ? machine.value.get("little_endian") : undefined;
  if (version.value !== VERSION || little !== true) {
    throw file.damaged(
      `its format is ${briefly(version.value)}, little-endian: ${briefly(little)}, expected ${VERSION} and true`,
    );
  }
  const storages = new Storages(file);
  const object = readPickle(bytes, file, names, (id) => storages.load(id), machine.end);
  const keys = readPickle(bytes, file, names, undefined, object.end);
  fillStorages(storages, keys.value, new ByteReader(bytes, file, keys.end), file);
  return object.value;
}

function fillStorages(
  storages: Storages,
  keys: PickleValue,
  reader: ByteReader,
  file: UntrustedFile,
): void {
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === "string" ? storages.byKey.get(key) : undefined;
    const length = reader.uint64();
    if (storage === undefined || storage.length !== length) {
      throw file.damaged(
        `storage ${briefly(key)} has ${length} elements, expected ${storage?.length ?? "no such storage"}`,
      );
    }
    storage.bytes = reader.bytes(length * elementBytes(storage.element));
  }
  for (const [key, { bytes }] of storages.byKey) {
    if (bytes === undefined) throw file.damaged(`storage ${briefly(key)} is missing`);
  }
}
