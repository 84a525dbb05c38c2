/**
 * @file Weights as safetensors: 8 bytes of header length, a JSON header, then the elements without gaps.
 * @see https://github.com/huggingface/safetensors#format
 */
import { CheckpointError } from "../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../base/shape.ts";
import { bytesPerElement, type DType, type HostTensor, hostTensor } from "../base/tensor.ts";
import { describeFile } from "./file-kind.ts";
import { float16ToFloat32 } from "./float16.ts";
import { concatBytes, tensorBytes, tensorFromBytes } from "./tensor-bytes.ts";

/** Named tensors and free key-value pairs: the content of a safetensors file. */
export interface Safetensors {
  readonly tensors: Map<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

/** Name of each element type in a header. */
const DTYPES: Readonly<Record<DType, string>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  int64: "I64",
  uint8: "U8",
  bool: "BOOL",
};

/** Half precision: read as float32, never written. */
const FLOAT16 = "F16";

/** Key of the header under which the key-value pairs lie. */
const METADATA = "__metadata__";

/** Bytes of the header length at the start of a file. */
const PREFIX_BYTES = 8;

/** Longest header that readers accept [bytes]. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * The bytes of a safetensors file; the same tensors always give the same bytes.
 *
 * Tensors lie in descending order of their element size, then in order of their names, after a header padded to 8 bytes: so
 * every tensor is aligned to its elements.
 *
 * @throws {CheckpointError} if a tensor is named `__metadata__`, which the format keeps for itself.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  if (tensors.has(METADATA)) {
    throw new CheckpointError(
      `safetensors: a tensor is named "${METADATA}", expected any other name. Rename it.`,
    );
  }
  const byName = <V>([a]: [string, V], [b]: [string, V]): number => (a < b ? -1 : 1);
  const sorted = [...tensors]
    .sort(byName)
    .sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const entries: string[] = [];
  const pairs = Object.entries(metadata).sort(byName);
  if (pairs.length > 0) entries.push(`"${METADATA}":${objectText(pairs)}`);
  let offset = 0;
  for (const [name, { dtype, shape, data }] of sorted) {
    const entry = { dtype: DTYPES[dtype], shape, data_offsets: [offset, offset + data.byteLength] };
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(`{${entries.join(",")}}`);
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  const prefix = new Uint8Array(PREFIX_BYTES);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(header.length), true);
  return concatBytes([prefix, header, ...sorted.map(([, tensor]) => tensorBytes(tensor))]);
}

/** JSON text of an object, its keys in the given order (JavaScript objects sort keys like "7" first). */
function objectText(entries: readonly (readonly [string, string])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}

/** Whether bytes begin like a safetensors file: a header length that fits, and a JSON object. */
export function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length <= PREFIX_BYTES || bytes[PREFIX_BYTES] !== 0x7b) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length <= BigInt(MAX_HEADER_BYTES);
}

/**
 * Reads a safetensors file. Tensors are copied out of `bytes`; float16 tensors become float32.
 *
 * @param source What the bytes are, for messages: usually the file's path.
 * @throws {CheckpointError} if the bytes are no safetensors file, are cut short, or contradict themselves: offsets out of
 *   range, overlapping or with gaps, sizes that do not fit shapes, names that occur twice, unknown element types.
 */
export function decodeSafetensors(bytes: Uint8Array, source = "safetensors"): Safetensors {
  const { header, dataStart } = readHeader(bytes, source);
  const metadata = readMetadata(header[METADATA], source);
  const data = bytes.subarray(dataStart);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => readEntry(name, entry, source));
  checkOffsets(entries, data.length, source);
  const tensors = new Map<string, HostTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const content = data.subarray(begin, end);
    tensors.set(
      name,
      dtype === FLOAT16
        ? hostTensor("float32", shape, float16ToFloat32(content))
        : tensorFromBytes(dtype, shape, content),
    );
  }
  return { tensors, metadata };
}

/** One tensor's line of the header, checked by itself. */
interface Entry {
  readonly name: string;
  readonly dtype: DType | typeof FLOAT16;
  readonly shape: Shape;
  /** First byte and byte after the last, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

function readHeader(
  bytes: Uint8Array,
  source: string,
): { header: Record<string, unknown>; dataStart: number } {
  const foreign = (why: string, options?: ErrorOptions): CheckpointError =>
    new CheckpointError(
      `${source}: ${why}, expected a safetensors file. It is another file, or damaged.`,
      options,
    );
  if (bytes.length < PREFIX_BYTES) throw foreign(`this is ${describeFile(bytes)}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) throw foreign(`this is ${describeFile(bytes)}`);
  const dataStart = PREFIX_BYTES + length;
  if (dataStart > bytes.length) {
    throw new CheckpointError(
      `${source}: the header ends at byte ${dataStart}, but the file has ${bytes.length}, expected a whole safetensors file. It was cut short: copy or export it again.`,
    );
  }
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes.subarray(PREFIX_BYTES, dataStart),
    );
    header = JSON.parse(text);
  } catch (cause) {
    throw foreign("its header is no JSON text", { cause });
  }
  if (!isObject(header)) throw foreign("its header is no JSON object");
  const twice = repeatedKey(text);
  if (twice !== undefined) throw foreign(`its header has two entries named "${twice}"`);
  return { header, dataStart };
}

function readMetadata(metadata: unknown, source: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw new CheckpointError(
      `${source}: ${METADATA} is ${brief(metadata)}, expected an object of strings. The file is damaged.`,
    );
  }
  return metadata as Record<string, string>;
}

function readEntry(name: string, entry: unknown, source: string): Entry {
  const where = `${source}: tensor "${name}"`;
  if (!isObject(entry)) {
    throw new CheckpointError(
      `${where}: its entry is ${brief(entry)}, expected an object. The file is damaged.`,
    );
  }
  const { dtype: code, shape, data_offsets: offsets } = entry;
  const dtype =
    code === FLOAT16
      ? FLOAT16
      : (Object.keys(DTYPES) as DType[]).find((key) => DTYPES[key] === code);
  if (!dtype) {
    const known = [...Object.values(DTYPES), FLOAT16].join(", ");
    throw new CheckpointError(
      `${where}: its dtype is ${brief(code)}, expected one of ${known}. Convert it before.`,
    );
  }
  if (!isSizes(shape)) {
    throw new CheckpointError(
      `${where}: its shape is ${brief(shape)}, expected whole numbers of 0 or more. The file is damaged.`,
    );
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw new CheckpointError(
      `${where}: its data_offsets are ${brief(offsets)}, expected two whole numbers. The file is damaged.`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const expected = sizeOf(shape) * (dtype === FLOAT16 ? 2 : bytesPerElement(dtype));
  if (end - begin !== expected) {
    throw new CheckpointError(
      `${where}: its data_offsets ${brief(offsets)} hold ${end - begin} bytes, expected ${expected} for ${code} ${formatShape(shape)}. The file is damaged.`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Tensors must follow one another from the first byte to the last: anything else hides or shares bytes. */
function checkOffsets(entries: readonly Entry[], dataBytes: number, source: string): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (begin !== position) {
      throw new CheckpointError(
        `${source}: tensor "${name}" begins at byte ${begin}, ${begin < position ? "inside" : "with a gap after"} the one before, expected ${position}. The file is damaged.`,
      );
    }
    position = end;
  }
  if (position > dataBytes) {
    throw new CheckpointError(
      `${source}: its tensors take ${position} bytes, but ${dataBytes} follow the header, expected all of them. It was cut short: copy or export it again.`,
    );
  }
  if (position < dataBytes) {
    throw new CheckpointError(
      `${source}: ${dataBytes - position} bytes follow the last tensor, expected none. The file is damaged.`,
    );
  }
}

/** The first key that one object of valid JSON text has twice; `JSON.parse` keeps the last one silently. */
function repeatedKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, quoted, colon] of text.matchAll(/("(?:[^"\\]+|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === "{") {
      open.push(new Set());
    } else if (token === "}") {
      open.pop();
    } else if (quoted && colon) {
      const key = JSON.parse(quoted) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A JSON value in a few words; nested ones by their kind only. */
function brief(value: unknown): string {
  if (value === undefined) return "missing";
  const flat = Array.isArray(value)
    ? !value.some((element) => typeof element === "object")
    : !isObject(value);
  if (!flat) return Array.isArray(value) ? "a nested list" : "an object";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
