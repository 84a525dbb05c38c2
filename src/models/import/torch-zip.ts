import { type UnzipFileInfo, unzipSync } from "fflate";
import { CheckpointError } from "../../base/errors.ts";
import { readPickle } from "./pickle.ts";
import { type Meanings, type PickleValue, quoted } from "./pickle-values.ts";
import { Storages } from "./torch-names.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** The entries in an archive's one folder: the pickle, storages by their keys, and the machine's byte order. */
const PICKLE = /^([^/]*\/)data\.pkl$/;
const WANTED = /^[^/]*\/(data\.pkl|byteorder|data\/\w+)$/;

/** An entry takes no less in the archive's directory [bytes]. */
const ENTRY_BYTES = 46;

/** True when the bytes begin as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Reads what `torch.save` writes since PyTorch 1.6: a zip archive of a pickle and its storages. Nothing is written to disk.
 *
 * @throws {CheckpointError} if the archive is another, damaged or cut short, unpacks to far more than its size, or its pickle
 *   asks for anything but the given names.
 */
export function readTorchZip(bytes: Uint8Array, file: UntrustedFile, names: Meanings): PickleValue {
  const entries = unzip(bytes, file);
  const [path, folder] =
    [...entries.keys()].map((name) => PICKLE.exec(name)).find((match) => match !== null) ?? [];
  const pickle = path === undefined ? undefined : entries.get(path);
  if (pickle === undefined) {
    throw new CheckpointError(
      `${file.source}: the archive has no data.pkl in a folder, expected a file written by \`torch.save\`. It is another zip file.`,
    );
  }
  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== "little") {
    throw file.damaged("its numbers are big-endian, expected little-endian ones");
  }
  const storages = new Storages(file, (key) => {
    const content = entries.get(`${folder}data/${key}`);
    if (content === undefined) throw file.damaged(`storage ${quoted(key)} is missing`);
    return content;
  });
  return readPickle(pickle, file, names, (id) => storages.load(id)).value;
}

function unzip(bytes: Uint8Array, file: UntrustedFile): Map<string, Uint8Array> {
  let count = 0;
  const filter = ({ name, size, originalSize, compression }: UnzipFileInfo): boolean => {
    // Archives can declare 2^32 entries, which fflate would go through one by one.
    if (++count > bytes.length / ENTRY_BYTES) {
      throw file.damaged("the zip archive declares more entries than it has room for");
    }
    const wanted = WANTED.test(name) && (compression === 0 || compression === 8);
    if (wanted) file.spend(Math.max(size, originalSize));
    return wanted;
  };
  try {
    return new Map(Object.entries(unzipSync(bytes, { filter })));
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    throw file.damaged(`the zip archive cannot be read (${(cause as Error).message})`, { cause });
  }
}
