import type { UntrustedFile } from "./untrusted-file.ts";

/**
 * What a pickle holds, as plain data: None is null, whole numbers beyond 2^53 are bigint, bytes are a view of the file, lists
 * and tuples are arrays, dictionaries of every kind are maps. Values may be shared and may contain themselves.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Set<PickleValue>
  | Map<PickleValue, PickleValue>
  | PickleObject;

/** Anything else: tensors, storages, networks, and names of Python objects. Data too, never code. */
export abstract class PickleObject {
  /** What it is, for messages. */
  abstract readonly kind: string;

  /**
   * Takes the state that the pickle gives an object after making it.
   *
   * @throws {CheckpointError} if this kind of object has none, or not such a one.
   */
  setState(_state: PickleValue, file: UntrustedFile): void {
    throw file.damaged(`the pickle gives ${this.kind} a state, expected none`);
  }
}

/** The name of a Python class or function that a pickle may mention, for example `torch.FloatStorage`. */
export class PickleName extends PickleObject {
  /** Module and attribute. */
  readonly name: string;
  readonly kind: string;

  constructor(name: string) {
    super();
    this.name = name;
    this.kind = `the name "${name}"`;
  }
}

/** What stands for a call of a Python function or class: plain data made of its arguments. */
export type Meaning = (args: readonly PickleValue[], file: UntrustedFile) => PickleValue;

/** Names that a pickle may use, and what calling them means; null for those that are only mentioned. */
export type Meanings = ReadonlyMap<string, Meaning | null>;

/** A value in a few words, for messages. */
export function briefly(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (typeof value === "string") return quoted(value);
  if (typeof value !== "object") return String(value).slice(0, 40);
  if (value instanceof PickleObject) return value.kind;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value instanceof Set ? `a set of ${value.size}` : `a dictionary of ${value.size}`;
}

/** A text of unknown length and content in quotes, for messages. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** Whole numbers of 0 or more: sizes, strides and shapes. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Axes that PyTorch and NumPy allow, at most. */
const MAX_RANK = 64;

/** A list or tuple of whole numbers of 0 or more, one for each axis of a tensor. */
export function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isCount);
}
