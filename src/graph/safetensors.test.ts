import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const TENSORS = new Map<string, HostTensor>([
  ["mask", hostTensor("bool", [3], Uint8Array.of(1, 0, 1))],
  ["b/weight", hostTensor("float32", [2, 2], Float32Array.of(1, -2, 3.5, Number.NaN))],
  ["a/weight", hostTensor("float32", [1], Float32Array.of(7))],
  ["step", hostTensor("int64", [], BigInt64Array.of(-5n))],
  ["exact", hostTensor("float64", [1], Float64Array.of(0.1))],
  ["indices", hostTensor("int32", [2], Int32Array.of(-1, 2))],
  ["pixels", hostTensor("uint8", [5], Uint8Array.of(1, 2, 3, 4, 255))],
  ["empty", hostTensor("float32", [0, 3])],
  ['ж"\\{}:', hostTensor("uint8", [1], Uint8Array.of(9))],
]);

/** A file with this header text and so many data bytes. */
function fileOf(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, typeof data === "number" ? Buffer.alloc(data) : data]);
}

const f32 = (begin: number, end: number, shape: readonly unknown[] = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("encodeSafetensors and decodeSafetensors", () => {
  it("keep every tensor and the metadata", () => {
    const metadata = { title: "Wälder", "7": "first" };
    const read = decodeSafetensors(encodeSafetensors(TENSORS, metadata));
    expect(read.metadata).toEqual(metadata);
    expect(read.tensors).toEqual(TENSORS);
  });

  it("give the same bytes whatever the order of the tensors, each aligned to its elements", () => {
    const bytes = encodeSafetensors(TENSORS, { b: "2", a: "1" });
    expect(encodeSafetensors(new Map([...TENSORS].reverse()), { a: "1", b: "2" })).toEqual(bytes);
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + headerBytes)).toString());
    expect(Object.keys(header).slice(0, 5)).toEqual([
      "__metadata__",
      "exact",
      "step",
      "a/weight",
      "b/weight",
    ]);
    for (const [name, tensor] of TENSORS) {
      expect(
        (8 + headerBytes + header[name].data_offsets[0]) % tensor.data.BYTES_PER_ELEMENT,
        name,
      ).toBe(0);
    }
  });

  it("write the bytes that the format asks for", () => {
    const bytes = encodeSafetensors(
      new Map([["w", hostTensor("float32", [1], Float32Array.of(1))]]),
    );
    expect(Buffer.from(bytes.subarray(8, 64)).toString()).toBe(
      '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}  ',
    );
    expect([...bytes.subarray(0, 8)]).toEqual([56, 0, 0, 0, 0, 0, 0, 0]);
    expect([...bytes.subarray(64)]).toEqual([0, 0, 0x80, 0x3f]);
  });

  it("round-trip any tensors", () => {
    const tensor = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
      const length = { minLength: sizeOf(shape), maxLength: sizeOf(shape) };
      return fc.oneof(
        fc.float32Array(length).map((data) => hostTensor("float32", shape, data)),
        fc.bigInt64Array(length).map((data) => hostTensor("int64", shape, data)),
        fc.uint8Array(length).map((data) => hostTensor("uint8", shape, data)),
      );
    });
    const name = fc.string({ unit: "binary" }).filter((text) => text !== "__metadata__");
    const tensors = fc
      .uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key })
      .map((entries) => new Map<string, HostTensor>(entries));
    fc.assert(
      fc.property(
        tensors,
        fc.dictionary(name, name, { noNullPrototype: true }),
        (map, metadata) => {
          const read = decodeSafetensors(encodeSafetensors(map, metadata));
          expect(read.tensors).toEqual(map);
          expect(read.metadata).toEqual(metadata);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });

  it("keep nothing of the bytes that were read", () => {
    const bytes = encodeSafetensors(TENSORS);
    const { tensors } = decodeSafetensors(bytes);
    bytes.fill(0);
    expect(tensors.get("pixels")?.data).toEqual(Uint8Array.of(1, 2, 3, 4, 255));
  });

  it("read half precision as float32", () => {
    const bytes = fileOf(
      { h: { dtype: "F16", shape: [2], data_offsets: [0, 4] } },
      Uint8Array.of(0x00, 0xc0, 0x00, 0x38),
    );
    expect(decodeSafetensors(bytes).tensors.get("h")).toEqual(
      hostTensor("float32", [2], Float32Array.of(-2, 0.5)),
    );
  });

  it("refuse to write a tensor under the name of the metadata", () => {
    expect(() => encodeSafetensors(new Map([["__metadata__", hostTensor("uint8", [0])]]))).toThrow(
      CheckpointError,
    );
  });
});

/** What is wrong, the file, and what the message says. */
const DAMAGED: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "an empty file",
    new Uint8Array(0),
    /^w\.safetensors: this is an empty file, expected a safetensors file/,
  ],
  ["a picture", Buffer.from("\x89PNG\r\n\x1a\n and more", "latin1"), /this is a PNG picture/],
  [
    "a huge header",
    Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
    /this is 10 bytes that start with 00 00/,
  ],
  [
    "a cut header",
    fileOf({ w: f32(0, 4) }, 4).subarray(0, 20),
    /the header ends at byte \d+, but the file has 20/,
  ],
  ["no JSON", fileOf("{nope"), /its header is no JSON text/],
  ["no UTF-8", fileOf(Buffer.from([0x7b, 0xff]).toString("latin1")), /its header is no JSON/],
  ["a list", fileOf("[]"), /its header is no JSON object/],
  [
    "deep nesting",
    fileOf(`{"w":${"[".repeat(100_000)}${"]".repeat(100_000)}}`),
    /entry is a nested list/,
  ],
  [
    "two names",
    fileOf(`{"w":${JSON.stringify(f32(0, 4))},"\\u0077":${JSON.stringify(f32(4, 8))}}`, 8),
    /two entries named "w"/,
  ],
  [
    "two offsets",
    fileOf('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"shape":[1]}}', 4),
    /two entries named "shape"/,
  ],
  [
    "metadata of numbers",
    fileOf({ __metadata__: { a: 1 } }),
    /__metadata__ is an object, expected an object of strings/,
  ],
  ["a number for an entry", fileOf({ w: 3 }), /tensor "w": its entry is 3, expected an object/],
  [
    "an unknown dtype",
    fileOf({ w: { ...f32(0, 4), dtype: "F8_E4M3" } }, 4),
    /dtype is "F8_E4M3", expected one of F32, F64/,
  ],
  ["no dtype", fileOf({ w: { shape: [1], data_offsets: [0, 4] } }, 4), /dtype is missing/],
  ["a negative size", fileOf({ w: f32(0, 4, [-1]) }, 4), /shape is \[-1\]/],
  ["a broken size", fileOf({ w: f32(0, 4, [0.5, 2]) }, 4), /shape is \[0\.5,2\]/],
  ["a size as text", fileOf({ w: f32(0, 4, ["1"]) }, 4), /shape is \["1"\]/],
  [
    "three offsets",
    fileOf({ w: { ...f32(0, 4), data_offsets: [0, 4, 8] } }, 8),
    /data_offsets are \[0,4,8\]/,
  ],
  [
    "reversed offsets",
    fileOf({ w: { ...f32(0, 4), data_offsets: [4, 0] } }, 4),
    /hold -4 bytes, expected 4/,
  ],
  [
    "a shape that does not fit",
    fileOf({ w: f32(0, 4, [2]) }, 4),
    /hold 4 bytes, expected 8 for F32 \[2\]/,
  ],
  [
    "an enormous shape",
    fileOf({ w: f32(0, 4, [2 ** 52, 2 ** 52]) }, 4),
    /hold 4 bytes, expected 8\.1\d*e\+31/,
  ],
  [
    "a gap",
    fileOf({ a: f32(0, 4), b: f32(8, 12) }, 12),
    /tensor "b" begins at byte 8, with a gap after the one before, expected 4/,
  ],
  [
    "an overlap",
    fileOf({ a: f32(0, 8), b: f32(4, 12) }, 12),
    /tensor "b" begins at byte 4, inside the one before, expected 8/,
  ],
  [
    "offsets past the end",
    fileOf({ a: f32(0, 8) }, 4),
    /take 8 bytes, but 4 follow the header.*cut short/,
  ],
];

describe("decodeSafetensors, on a file that is damaged or something else,", () => {
  it("refuses a file cut at any byte, and one with a byte too many", () => {
    const bytes = encodeSafetensors(TENSORS, { a: "b" });
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeSafetensors(bytes.subarray(0, end)), `cut at ${end}`).toThrow(
        CheckpointError,
      );
    }
    expect(() => decodeSafetensors(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(
      /1 bytes follow the last tensor/,
    );
  });

  it("never fails with another error", () => {
    const bytes = encodeSafetensors(TENSORS, { a: "b" });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          decodeSafetensors(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it.each(DAMAGED)("names what is wrong with %s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, "w.safetensors")).toThrow(CheckpointError);
    expect(() => decodeSafetensors(bytes, "w.safetensors")).toThrow(message);
  });

  it("reads a very long text in the metadata", () => {
    const note = '\\"'.repeat(1_000_000) + "x".repeat(5_000_000);
    expect(decodeSafetensors(encodeSafetensors(TENSORS, { note })).metadata.note?.length).toBe(
      note.length,
    );
  });
});
