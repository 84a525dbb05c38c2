import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { CheckpointError } from "../../base/errors.ts";

/** A field as it lies in the file; how to read it is up to the schema. */
type RawField =
  | { readonly wire: "varint"; readonly value: bigint }
  | { readonly wire: "fixed32" | "fixed64"; readonly value: number }
  | { readonly wire: "bytes"; readonly value: Uint8Array };

/**
 * One protobuf message, split into its fields. Fields are then asked for by number and kind; unknown ones are ignored.
 *
 * Every getter throws a `CheckpointError` where the field holds another kind of value. Nothing is allocated in proportion to
 * a length that the file claims: a length is checked against the bytes that are there.
 */
export class Message {
  /** Where in the file this message lies, for error messages. */
  readonly where: string;
  readonly #fields = new Map<number, RawField[]>();

  /** @throws {CheckpointError} if the bytes are no sequence of fields, or end inside one. */
  constructor(where: string, bytes: Uint8Array) {
    this.where = where;
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const start = reader.pos;
      try {
        const [number, wireType] = reader.tag();
        const field = readField(reader, wireType, bytes);
        const fields = this.#fields.get(number);
        if (fields) fields.push(field);
        else this.#fields.set(number, [field]);
      } catch (cause) {
        throw new CheckpointError(
          `${where}: no valid field at byte ${start} of ${bytes.length} (${(cause as Error).message}), expected an ONNX file. It is damaged or was cut short: copy or export it again.`,
          { cause },
        );
      }
    }
  }

  /** True if the field is there at least once. */
  has(field: number): boolean {
    return this.#fields.has(field);
  }

  /** A whole number; 0 where absent. */
  int(field: number): number {
    const raw = this.#fields.get(field)?.at(-1);
    if (!raw) return 0;
    if (raw.wire !== "varint") throw this.#wrongKind(field, raw, "an integer");
    return this.#safe(field, raw.value);
  }

  /** A single-precision number; 0 where absent. */
  float(field: number): number {
    const raw = this.#fields.get(field)?.at(-1);
    if (!raw) return 0;
    if (raw.wire !== "fixed32") throw this.#wrongKind(field, raw, "a float");
    return raw.value;
  }

  /** Raw bytes, as a view on the file; empty where absent. */
  bytes(field: number): Uint8Array {
    const raw = this.#fields.get(field)?.at(-1);
    if (!raw) return new Uint8Array(0);
    if (raw.wire !== "bytes") throw this.#wrongKind(field, raw, "bytes");
    return raw.value;
  }

  /** Text; empty where absent. */
  string(field: number): string {
    return this.#text(field, this.bytes(field));
  }

  /** All texts of a repeated field. */
  strings(field: number): string[] {
    return this.#repeatedBytes(field).map((bytes) => this.#text(field, bytes));
  }

  /** A nested message; an empty one where absent. */
  message(field: number, name: string): Message {
    return new Message(`${this.where}: ${name}`, this.bytes(field));
  }

  /** All nested messages of a repeated field. */
  messages(field: number, name: string): Message[] {
    return this.#repeatedBytes(field).map(
      (bytes, i) => new Message(`${this.where}: ${name} ${i}`, bytes),
    );
  }

  /** All whole numbers of a repeated field, packed or not. */
  ints(field: number): number[] {
    return this.bigints(field).map((value) => this.#safe(field, value));
  }

  /** All 64-bit whole numbers of a repeated field, packed or not. */
  bigints(field: number): bigint[] {
    return this.#repeated(field, "varint", "integers", (reader) => BigInt(reader.int64()));
  }

  /** All single-precision numbers of a repeated field, packed or not. */
  floats(field: number): number[] {
    return this.#repeated(field, "fixed32", "floats", (reader) => reader.float());
  }

  /** All double-precision numbers of a repeated field, packed or not. */
  doubles(field: number): number[] {
    return this.#repeated(field, "fixed64", "doubles", (reader) => reader.double());
  }

  #repeated<T extends bigint | number>(
    field: number,
    wire: "varint" | "fixed32" | "fixed64",
    expected: string,
    read: (reader: BinaryReader) => T,
  ): T[] {
    const values: T[] = [];
    for (const raw of this.#fields.get(field) ?? []) {
      if (raw.wire === wire) {
        values.push(raw.value as T);
      } else if (raw.wire === "bytes") {
        const reader = new BinaryReader(raw.value);
        try {
          while (reader.pos < reader.len) values.push(read(reader));
        } catch (cause) {
          throw new CheckpointError(
            `${this.where}: the packed numbers of field ${field} are damaged, expected ${expected}.`,
            {
              cause,
            },
          );
        }
      } else {
        throw this.#wrongKind(field, raw, expected);
      }
    }
    return values;
  }

  #repeatedBytes(field: number): Uint8Array[] {
    return (this.#fields.get(field) ?? []).map((raw) => {
      if (raw.wire !== "bytes") throw this.#wrongKind(field, raw, "bytes");
      return raw.value;
    });
  }

  #text(field: number, bytes: Uint8Array): string {
    try {
      return UTF8.decode(bytes);
    } catch (cause) {
      throw new CheckpointError(
        `${this.where}: field ${field} is no text, expected UTF-8. The file is damaged.`,
        { cause },
      );
    }
  }

  #safe(field: number, value: bigint): number {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new CheckpointError(
      `${this.where}: field ${field} holds ${value}, expected a whole number within -2^53 .. 2^53.`,
    );
  }

  #wrongKind(field: number, raw: RawField, expected: string): CheckpointError {
    return new CheckpointError(
      `${this.where}: field ${field} holds a ${raw.wire} value, expected ${expected}. This is no ONNX file, or it is damaged.`,
    );
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readField(reader: BinaryReader, wireType: WireType, bytes: Uint8Array): RawField {
  switch (wireType) {
    case WireType.Varint:
      return { wire: "varint", value: BigInt(reader.int64()) };
    case WireType.Bit32:
      return { wire: "fixed32", value: reader.float() };
    case WireType.Bit64:
      return { wire: "fixed64", value: reader.double() };
    case WireType.LengthDelimited: {
      const length = reader.uint32();
      if (length > reader.len - reader.pos) {
        throw new RangeError(`it needs ${length} bytes, ${reader.len - reader.pos} are left`);
      }
      const value = bytes.subarray(reader.pos, reader.pos + length);
      reader.pos += length;
      return { wire: "bytes", value };
    }
    default:
      throw new RangeError(`unknown wire type ${wireType}`);
  }
}
