import { CheckpointError } from "../../base/errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import {
  briefly,
  type Meanings,
  PickleName,
  PickleObject,
  type PickleValue,
  quoted,
} from "./pickle-values.ts";
import type { UntrustedFile } from "./untrusted-file.ts";

/** Where Python and NumPy moved what old or new pickles name. */
const MOVED: readonly (readonly [from: RegExp, to: string])[] = [
  [/^__builtin__\./, "builtins."],
  [/^numpy\._core\./, "numpy.core."],
];

/**
 * The machine that a pickle is a program for: a stack, marks on it, and a memo. Its opcodes are in pickle.ts. It can make
 * numbers, texts and containers; names are looked up among the allowed ones, and calls of them are given their meaning.
 */
export class PickleMachine {
  /** Where the opcodes come from. */
  readonly reader: ByteReader;
  /** The file that they lie in. */
  readonly file: UntrustedFile;
  /** Values by the number that opcodes gave them. */
  readonly memo = new Map<number, PickleValue>();
  readonly #stack: PickleValue[] = [];
  /** Stack sizes at which the marks lie. */
  readonly #marks: number[] = [];
  readonly #names: Meanings;
  readonly #load: ((id: PickleValue) => PickleValue) | undefined;

  constructor(
    reader: ByteReader,
    file: UntrustedFile,
    names: Meanings,
    load: ((id: PickleValue) => PickleValue) | undefined,
  ) {
    this.reader = reader;
    this.file = file;
    this.#names = names;
    this.#load = load;
  }

  /** The error for a pickle that no Python wrote. */
  damaged(problem: string): CheckpointError {
    return this.file.damaged(`the pickle ${problem} (byte ${this.reader.position - 1})`);
  }

  /** Puts a value on top. */
  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  /** The value on top, above the last mark. */
  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw this.damaged("takes a value that it did not put there");
    }
    return value;
  }

  /** Takes the value on top away. */
  pop(): PickleValue {
    const value = this.top();
    this.#stack.pop();
    return value;
  }

  /** Sets a mark above the value on top. */
  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** Removes the last mark and what lies above it, in the order in which it was pushed. */
  popMark(): PickleValue[] {
    const from = this.#marks.pop();
    if (from === undefined) throw this.damaged("goes back to a mark that it did not set");
    return this.#stack.splice(from);
  }

  /** Removes the value on top, or the mark if that lies there. */
  discard(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** Stores the value on top in the memo. */
  remember(index: number): void {
    this.memo.set(index, this.top());
  }

  /** Puts an entry of the memo on top. */
  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged(`recalls entry ${index}, which it did not store`);
    this.push(value);
  }

  /** The list on top, to which items are added. */
  topList(): PickleValue[] {
    const list = this.top();
    if (!Array.isArray(list)) throw this.damaged(`adds items to ${briefly(list)}`);
    return list;
  }

  /** The set on top, to which elements are added. */
  topSet(): Set<PickleValue> {
    const set = this.top();
    if (!(set instanceof Set)) throw this.damaged(`adds elements to ${briefly(set)}`);
    return set;
  }

  /** Adds alternating keys and values to the dictionary on top. */
  setItems(items: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw this.damaged(`sets items of ${briefly(map)}`);
    this.fill(map, items);
  }

  /** Sets alternating keys and values in a dictionary. */
  fill(map: Map<PickleValue, PickleValue>, items: readonly PickleValue[]): void {
    if (items.length % 2 !== 0) throw this.damaged("has a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      map.set(items[i] as PickleValue, items[i + 1] as PickleValue);
    }
  }

  /**
   * The name of a Python object, if it is among the allowed ones.
   *
   * @throws {CheckpointError} naming it if not: most such names are code that Python would run.
   */
  name(module: PickleValue, attribute: PickleValue): PickleName {
    if (typeof module !== "string" || typeof attribute !== "string") {
      throw this.damaged("has a name that is no text");
    }
    const name = MOVED.reduce(
      (moved, [from, to]) => moved.replace(from, to),
      `${module}.${attribute}`,
    );
    if (!this.#names.has(name)) {
      throw new CheckpointError(
        `${this.file.source}: the pickle asks for ${quoted(name)} (byte ${this.reader.position - 1}), expected only tensors, numbers, strings and containers. Nothing of it was run. If you trust its maker, ask for the weights alone: \`torch.save(model.state_dict(), …)\`.`,
      );
    }
    return new PickleName(name);
  }

  /** The meaning of a call. Nothing is called. */
  call(callee: PickleValue | undefined, args: PickleValue | undefined): void {
    const meaning = callee instanceof PickleName ? this.#names.get(callee.name) : undefined;
    if (!meaning || !Array.isArray(args)) {
      throw this.damaged(`calls ${briefly(callee)} with ${briefly(args)}`);
    }
    this.push(meaning(args, this.file));
  }

  /** Gives the object on top a state. Attributes of dictionaries, such as a state_dict's version, are left out. */
  build(): void {
    const state = this.pop();
    const value = this.top();
    if (value instanceof PickleObject) value.setState(state, this.file);
    else if (!(value instanceof Map)) throw this.damaged(`gives ${briefly(value)} a state`);
  }

  /** The value that lies outside of the pickle under this id. */
  persistent(id: PickleValue): void {
    if (!this.#load) throw this.damaged("refers to data outside of it, expected none");
    this.push(this.#load(id));
  }
}
