import fc from "fast-check";
import { unzipSync, type Zippable, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import files from "./goldens/pickles.json" with { type: "json" };
import { decodeTorchFile } from "./torch-file.ts";

const FORMATS = ["zip", "legacy"] as const;

/** A file made by PyTorch, see goldens/pickles.py. */
function golden(name: keyof typeof files): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(files[name], "base64"));
}

const float32 = (shape: readonly number[], ...values: number[]): HostTensor =>
  hostTensor("float32", shape, Float32Array.from(values));

/** 0, 1, … in the memory order channels last, so that the elements of a channel are two apart. */
const CHANNELS_LAST = float32([1, 2, 3, 4], ...Array.from({ length: 24 }, (_, i) => i));

const TENSORS = new Map<string, HostTensor>([
  ["float32", float32([3, 4], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
  ["transposed", float32([4, 3], 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11)],
  ["slice", float32([4], 5, 6, 7, 8)],
  ["steps", float32([3], 1, 5, 9)],
  ["repeated", float32([2, 3], 2, 2, 2, 2, 2, 2)],
  ["channelsLast", CHANNELS_LAST],
  ["scalar", float32([], 2.5)],
  ["empty", float32([0, 3])],
  ["parameter", float32([2], 1, 2)],
  ["float64", hostTensor("float64", [1], Float64Array.of(0.1))],
  ["float16", float32([3], 0.5, -2, 65504)],
  ["bfloat16", float32([2], 1, -3.140625)],
  ["int64", hostTensor("int64", [2], BigInt64Array.of(2n ** 62n, -1n))],
  ["int32", hostTensor("int32", [1], Int32Array.of(-(2 ** 31)))],
  ["int16", hostTensor("int32", [1], Int32Array.of(-300))],
  ["int8", hostTensor("int32", [2], Int32Array.of(-128, 127))],
  ["uint8", hostTensor("uint8", [2], Uint8Array.of(255, 1))],
  ["bool", hostTensor("bool", [2], Uint8Array.of(1, 0))],
]);

/** Whether the bytes are refused; an error of another kind is passed on. */
function fails(bytes: Uint8Array): boolean {
  try {
    decodeTorchFile(bytes, "x.pt");
    return false;
  } catch (error) {
    if (error instanceof CheckpointError) return true;
    throw error;
  }
}

describe.each(FORMATS)("decodeTorchFile, %s format,", (format) => {
  it("reads tensors of every type, view and memory order as PyTorch has them", () => {
    const tensors = decodeTorchFile(golden(`tensors.${format}`), "x.pt");
    expect([...tensors.keys()]).toEqual([...TENSORS.keys()]);
    for (const [name, tensor] of TENSORS) expect(tensors.get(name), name).toEqual(tensor);
  });

  it("names the tensors of a checkpoint by their paths", () => {
    const tensors = decodeTorchFile(golden(`checkpoint.${format}`), "x.pt");
    expect(tensors).toEqual(
      new Map([
        ["model.0.weight", float32([1, 2], 0.5, 0.5)],
        ["model.0.bias", float32([1], 1.5)],
        ["model.1.weight", float32([1], 2.5)],
        ["model.1.bias", float32([1], 3.5)],
        ["model.1.running_mean", float32([1], 0)],
        ["model.1.running_var", float32([1], 1)],
        ["model.1.num_batches_tracked", hostTensor("int64", [], BigInt64Array.of(0n))],
        ["history.0", float32([1], 1)],
        ["history.1.best", float32([1], 2)],
      ]),
    );
  });

  it("names what a file would run", () => {
    expect(() => decodeTorchFile(golden(`system.${format}`), "x.pt")).toThrow(
      /^x\.pt: the pickle asks for "posix\.system" .* Nothing of it was run/,
    );
  });

  it("refuses a file cut at any byte", () => {
    const bytes = golden(`tensors.${format}`);
    const read = bytes.findIndex((_, end) => !fails(bytes.subarray(0, end)));
    expect(read, `cut at ${read} is read`).toBe(-1);
  });

  it("never fails with another error", () => {
    const bytes = golden(`tensors.${format}`);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const damaged = bytes.slice();
        for (const [at, value] of changes) damaged[at] = value;
        fails(damaged);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });
});

/** The zip golden with some entries changed, or left out where undefined. */
function rezipped(
  changes: Readonly<Record<string, Uint8Array | undefined>>,
  level: 0 | 9 = 0,
): Uint8Array {
  const entries: Zippable = unzipSync(golden("checkpoint.zip"));
  for (const [name, content] of Object.entries(changes)) {
    if (content) entries[`archive/${name}`] = content;
    else delete entries[`archive/${name}`];
  }
  return zipSync(entries, { level });
}

describe("decodeTorchFile", () => {
  it("reads a compressed archive and one that states its byte order", () => {
    const tensors = decodeTorchFile(golden("checkpoint.zip"), "x.pt");
    expect(decodeTorchFile(rezipped({ byteorder: Buffer.from("little") }, 9), "x.pt")).toEqual(
      tensors,
    );
    expect(() => decodeTorchFile(rezipped({ byteorder: Buffer.from("big") }), "x.pt")).toThrow(
      /its numbers are big-endian/,
    );
  });

  it("names a storage that is missing or too short", () => {
    expect(() => decodeTorchFile(rezipped({ "data/0": undefined }), "x.pt")).toThrow(
      /storage "0" is missing/,
    );
    expect(() => decodeTorchFile(rezipped({ "data/0": Buffer.alloc(4) }), "x.pt")).toThrow(
      /storage "0" has 4 bytes, expected 2 elements of float32/,
    );
  });

  it("names the class of a whole module", () => {
    expect(() => decodeTorchFile(golden("module"), "x.pt")).toThrow(
      /asks for "torch\.nn\.modules\.container\.Sequential".*torch\.save\(model\.state_dict\(\)/,
    );
  });

  it.each([
    [
      "a picture",
      Buffer.from("\x89PNG\r\n", "latin1"),
      /this is a PNG picture, expected a file written by `torch.save`/,
    ],
    [
      "another zip file",
      Buffer.from(zipSync({ "a.txt": Buffer.from("a") })),
      /has no data\.pkl in a folder/,
    ],
    [
      "another pickle",
      golden("values.4"),
      /begins with a dictionary of 17, expected PyTorch's magic number/,
    ],
    [
      "no tensors",
      Buffer.from(zipSync({ "archive/data.pkl": Buffer.from("}.") })),
      /holds no tensors/,
    ],
  ] as const)("names what is wrong with %s", (_, bytes, message) => {
    expect(() => decodeTorchFile(bytes, "x.pt")).toThrow(CheckpointError);
    expect(() => decodeTorchFile(bytes, "x.pt")).toThrow(message);
  });

  it("stops archives that unpack to far more than their size", () => {
    const bomb = rezipped({ "data/9": new Uint8Array(2 ** 22) }, 9);
    expect(bomb.length).toBeLessThan(2 ** 16);
    expect(() => decodeTorchFile(bomb, "x.pt")).toThrow(/unpacks to far more than its/);
  });

  it("does not go through four billion entries that are not there", () => {
    const archive = Buffer.from(golden("checkpoint.zip"));
    const end = archive.lastIndexOf("PK\x05\x06", undefined, "latin1");
    const large = Buffer.alloc(56);
    large.write("PK\x06\x06", "latin1");
    large.writeUInt32LE(0xffffffff, 32); // entries
    large.writeUInt32LE(archive.length, 48); // offset of the directory
    const locator = Buffer.alloc(20);
    locator.write("PK\x06\x07", "latin1");
    locator.writeUInt32LE(end, 8);
    const bytes = Buffer.concat([archive.subarray(0, end), large, locator, archive.subarray(end)]);
    expect(() => decodeTorchFile(bytes, "x.pt")).toThrow(/declares more entries than it has room/);
  });

  it("stops tensors that repeat one element a billion times", () => {
    // The shape (2, 3) with strides (0, 0) becomes (2, 2^30).
    const entries = unzipSync(golden("tensors.zip"));
    const pickle = Buffer.from(entries["archive/data.pkl"] ?? []);
    const at = pickle.indexOf("repeated");
    const shape = pickle.indexOf(Buffer.from([0x4b, 2, 0x4b, 3, 0x86]), at);
    expect(shape).toBeGreaterThan(at);
    const large = Buffer.concat([
      pickle.subarray(0, shape),
      Buffer.from([0x4b, 2, 0x4a, 0, 0, 0, 0x40, 0x86]),
      pickle.subarray(shape + 5),
    ]);
    expect(() =>
      decodeTorchFile(zipSync({ ...entries, "archive/data.pkl": large }, { level: 0 }), "x.pt"),
    ).toThrow(/unpacks to far more than its/);
  });
});
