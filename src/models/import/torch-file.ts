import { CheckpointError } from "../../base/errors.ts";
import type { HostTensor } from "../../base/tensor.ts";
import { describeFile } from "../../graph/file-kind.ts";
import { CONTAINER_NAMES } from "./container-names.ts";
import { NUMPY_NAMES } from "./numpy-names.ts";
import { type Meanings, PickleObject, type PickleValue } from "./pickle-values.ts";
import { denseTensor, StridedTensor } from "./strided-tensor.ts";
import { readTorchLegacy } from "./torch-legacy.ts";
import { TORCH_NAMES } from "./torch-names.ts";
import { isZip, readTorchZip } from "./torch-zip.ts";
import { UntrustedFile } from "./untrusted-file.ts";

/** Containers in containers, at most. */
const MAX_DEPTH = 32;

/** What a container costs while tensors are looked for [bytes]: those that share their content again and again run out. */
const VISIT_BYTES = 16;

/** Names that files with tensors may use: those of Python's containers, NumPy and PyTorch. */
export const TENSOR_NAMES: Meanings = new Map([...CONTAINER_NAMES, ...NUMPY_NAMES, ...TORCH_NAMES]);

/**
 * What was given to `torch.save`, as plain data, from either of its two formats.
 *
 * @throws {CheckpointError} as {@link decodeTorchFile} does.
 */
export function readTorchValue(bytes: Uint8Array, file: UntrustedFile): PickleValue {
  return isZip(bytes)
    ? readTorchZip(bytes, file, TENSOR_NAMES)
    : readTorchLegacy(bytes, file, TENSOR_NAMES);
}

/**
 * The tensors of a file written by `torch.save` (.pt, .pth), usually a module's `state_dict()`, in its zip format or the one
 * before PyTorch 1.6. Nothing in the file is run. Tensors in nested dictionaries and lists are named by their path, for example
 * `model.conv.weight`; what is no tensor is left out. Half precision becomes float32, int8 and int16 become int32.
 *
 * @param source What the bytes are, for messages: usually the file's path.
 * @throws {CheckpointError} if the bytes are no such file, are cut short or contradict themselves, if the file asks for anything
 *   but tensors, numbers, texts and containers (which is named), grows to far more than its size, or holds no tensors.
 */
export function decodeTorchFile(bytes: Uint8Array, source: string): Map<string, HostTensor> {
  if (!isZip(bytes) && bytes[0] !== 0x80) {
    throw new CheckpointError(
      `${source}: this is ${describeFile(bytes)}, expected a file written by \`torch.save\`. Give a .pt or .pth file.`,
    );
  }
  const file = new UntrustedFile(source, bytes.length);
  const tensors = new Map<string, HostTensor>();
  collect(readTorchValue(bytes, file), "", tensors, file, 0);
  if (tensors.size === 0) {
    throw new CheckpointError(
      `${source}: the file holds no tensors, expected named ones. Save a module's \`state_dict()\`.`,
    );
  }
  return tensors;
}

function collect(
  value: PickleValue,
  name: string,
  tensors: Map<string, HostTensor>,
  file: UntrustedFile,
  depth: number,
): void {
  const inside = Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0;
  file.spend(VISIT_BYTES + name.length + inside);
  if (depth > MAX_DEPTH) {
    throw file.damaged(`it has containers in containers more than ${MAX_DEPTH} deep`);
  }
  if (value instanceof StridedTensor) {
    tensors.set(name || "tensor", denseTensor(value, name, file));
  } else if (Array.isArray(value) || value instanceof Map) {
    for (const [key, inner] of value.entries()) {
      if (typeof key !== "string" && typeof key !== "number") continue;
      if (inner === null || typeof inner !== "object") continue;
      if (inner instanceof PickleObject && !(inner instanceof StridedTensor)) continue;
      collect(inner, name ? `${name}.${key}` : `${key}`, tensors, file, depth + 1);
    }
  }
}
