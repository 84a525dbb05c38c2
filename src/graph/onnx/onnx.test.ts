import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../../base/errors.ts";
import { sizeOf } from "../../base/shape.ts";
import { type DType, type HostTensor, hostTensor } from "../../base/tensor.ts";
import { decodeOnnx } from "./decode.ts";
import { encodeOnnx } from "./encode.ts";
import { Message } from "./message.ts";
import type { AttributeValue, OnnxModel } from "./model.ts";
import { ATTRIBUTE, GRAPH, MODEL, NODE, TENSOR } from "./schema.ts";
import { decodeTensor } from "./tensor.ts";

const SMALL: OnnxModel = {
  irVersion: 8,
  producerName: "ganbox",
  docString: "a test",
  opsetImports: [
    { domain: "", version: 17 },
    { domain: "com.microsoft", version: 1 },
  ],
  metadata: { recipe: '{"loss":"rpgan"}', title: "Wälder und Seen" },
  graph: {
    name: "small",
    nodes: [
      {
        opType: "LeakyRelu",
        domain: "",
        name: "generator/b32/act",
        inputs: ["x"],
        outputs: ["y"],
        attributes: { alpha: { type: "float", value: 0.25 } },
      },
      {
        opType: "Anything",
        domain: "com.microsoft",
        name: "",
        inputs: ["y", "", "w"],
        outputs: ["z"],
        attributes: {
          int: { type: "int", value: -(2 ** 53) + 1 },
          zero: { type: "int", value: 0 },
          ints: { type: "ints", value: [1, -1, 2 ** 40] },
          none: { type: "ints", value: [] },
          floats: { type: "floats", value: [0.5, -0, Number.POSITIVE_INFINITY, Number.NaN] },
          string: { type: "string", value: "SAME_UPPER" },
          empty: { type: "string", value: "" },
          strings: { type: "strings", value: ["a", "", "ж"] },
          tensor: {
            type: "tensor",
            value: hostTensor("int64", [2], BigInt64Array.of(1n, -(2n ** 63n))),
          },
        },
      },
    ],
    initializers: new Map<string, HostTensor>([
      ["w", hostTensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
      ["scalar", hostTensor("float64", [], Float64Array.of(Math.PI))],
      ["nothing", hostTensor("int32", [0, 4])],
      ["mask", hostTensor("bool", [3], Uint8Array.of(1, 0, 1))],
      ["bytes", hostTensor("uint8", [2], Uint8Array.of(0, 255))],
      ["ints", hostTensor("int32", [1], Int32Array.of(-7))],
    ]),
    inputs: [{ name: "x", dtype: "float32", shape: ["batch", 3, ""] }],
    outputs: [{ name: "z", dtype: "bool", shape: [] }],
  },
};

/** Bytes of one message made of `write`. */
function bytesOf(write: (writer: BinaryWriter) => void): Uint8Array {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
}

/** The smallest model around an encoded field of the graph. */
function modelWith(graphField: number, content: Uint8Array): Uint8Array {
  return bytesOf((w) => {
    w.tag(MODEL.irVersion, WireType.Varint)
      .int32(8)
      .tag(MODEL.graph, WireType.LengthDelimited)
      .fork();
    w.tag(graphField, WireType.LengthDelimited).bytes(content);
    w.join();
  });
}

describe("encodeOnnx and decodeOnnx", () => {
  it("keep every part of a model", () => {
    expect(decodeOnnx(encodeOnnx(SMALL))).toEqual(SMALL);
  });

  it("keep a tensor that is a view into a larger array, and copy it out on reading", () => {
    const weights = Float32Array.from({ length: 10 }, (_, i) => i).subarray(3, 7);
    const initializers = new Map([["w", hostTensor("float32", [4], weights)]]);
    const bytes = encodeOnnx({ ...SMALL, graph: { ...SMALL.graph, initializers } });
    const { graph } = decodeOnnx(bytes);
    bytes.fill(0);
    expect(graph.initializers.get("w")?.data).toEqual(Float32Array.of(3, 4, 5, 6));
  });

  it("round-trip any model", () => {
    fc.assert(
      fc.property(anyModel(), (model) => {
        expect(decodeOnnx(encodeOnnx(model))).toEqual(model);
      }),
      {
        numRuns: 200,
        seed: 1,
      },
    );
  });
});

describe("decodeOnnx, on a file that is damaged or something else,", () => {
  it("refuses a file cut at any byte, whatever is missing", () => {
    const bytes = encodeOnnx(SMALL);
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeOnnx(bytes.subarray(0, end)), `cut at ${end}`).toThrow(CheckpointError);
    }
  });

  it("never fails with another error on a damaged file", () => {
    const bytes = encodeOnnx(SMALL);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          decodeOnnx(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it("never fails with another error on random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
        expect(() => decodeOnnx(Uint8Array.of(8, 8, ...tail))).toThrow(CheckpointError);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it.each([
    [[], /^generator\.onnx: this is an empty file, expected an ONNX model\.$/],
    [[0x89, 0x50, 0x4e, 0x47, 0x0d], /this is a PNG picture/],
    [[...Buffer.from("PK\x03\x04....", "latin1")], /this is a zip archive/],
    [[...Buffer.from('{"a": 1}')], /this is text that starts with "\{\\"a\\": 1\}"/],
    [[0x00, 0x01], /this is 2 bytes that start with 00 01/],
    [[0x08, 0x08], /it holds no graph/],
  ])("says what a foreign file is (%#)", (bytes, message) => {
    expect(() => decodeOnnx(Uint8Array.from(bytes), "generator.onnx")).toThrow(message);
  });

  it("says how many bytes a cut file lacks", () => {
    const bytes = encodeOnnx(SMALL);
    expect(() => decodeOnnx(bytes.subarray(0, bytes.length - 5), "g.onnx")).toThrow(
      /^g\.onnx: no valid field at byte \d+ of \d+ \(it needs (\d+) bytes, \d+ are left\).*cut short/,
    );
  });

  it("says what a model uses that is not read", () => {
    const output = encodeOnnx(SMALL);
    const subgraph = bytesOf((w) => {
      w.tag(ATTRIBUTE.name, WireType.LengthDelimited).string("then_branch");
      w.tag(ATTRIBUTE.type, WireType.Varint).int32(5);
    });
    const node = bytesOf((w) => w.tag(NODE.attribute, WireType.LengthDelimited).bytes(subgraph));
    const functions = bytesOf((w) => w.tag(MODEL.functions, WireType.LengthDelimited).bytes(node));
    expect(() => decodeOnnx(Buffer.concat([output, functions]))).toThrow(
      /it holds local functions/,
    );
    expect(() => decodeOnnx(modelWith(GRAPH.sparseInitializer, node))).toThrow(
      /sparse initialisers/,
    );
    expect(() => decodeOnnx(modelWith(GRAPH.node, node))).toThrow(/no outputs/);
    const value = bytesOf((w) => w.tag(1, WireType.LengthDelimited).string("z"));
    expect(() => decodeOnnx(modelWith(GRAPH.output, value))).toThrow(
      /output 0: it holds "z", which is no tensor/,
    );
    expect(() => decodeAttributeOf(node)).toThrow(/attribute "then_branch" of type 5/);
  });

  it("refuses two initialisers of one name", () => {
    const tensor = bytesOf((w) => {
      w.tag(TENSOR.dims, WireType.Varint).int32(0).tag(TENSOR.dataType, WireType.Varint).int32(1);
      w.tag(TENSOR.name, WireType.LengthDelimited).string("w");
    });
    const graph = bytesOf((w) => {
      w.tag(GRAPH.initializer, WireType.LengthDelimited).bytes(tensor);
      w.tag(GRAPH.initializer, WireType.LengthDelimited).bytes(tensor);
      w.tag(GRAPH.output, WireType.LengthDelimited).bytes(outputOf(SMALL));
    });
    const model = bytesOf((w) => {
      w.tag(MODEL.irVersion, WireType.Varint)
        .int32(8)
        .tag(MODEL.graph, WireType.LengthDelimited)
        .bytes(graph);
    });
    expect(() => decodeOnnx(model)).toThrow(/two initialisers named "w"/);
  });
});

/** Reads a node within a graph that is otherwise whole. */
function decodeAttributeOf(node: Uint8Array): OnnxModel {
  const graph = bytesOf((w) => {
    w.tag(GRAPH.node, WireType.LengthDelimited).bytes(node);
    w.tag(GRAPH.output, WireType.LengthDelimited).bytes(outputOf(SMALL));
  });
  return decodeOnnx(
    bytesOf((w) => {
      w.tag(MODEL.irVersion, WireType.Varint)
        .int32(8)
        .tag(MODEL.graph, WireType.LengthDelimited)
        .bytes(graph);
    }),
  );
}

/** The encoded first output of a model. */
function outputOf(model: OnnxModel): Uint8Array {
  return new Message("graph", new Message("model", encodeOnnx(model)).bytes(MODEL.graph)).bytes(
    GRAPH.output,
  );
}

/** Reads the tensor whose fields `write` puts down. */
function read(write: (writer: BinaryWriter) => void): HostTensor {
  return decodeTensor(new Message("tensor", bytesOf(write)));
}

/** Writes a tensor's shape and type. */
function head(w: BinaryWriter, dims: readonly number[], dataType: number): BinaryWriter {
  for (const size of dims) w.tag(TENSOR.dims, WireType.Varint).int64(size);
  return w.tag(TENSOR.dataType, WireType.Varint).int32(dataType);
}

describe("decodeTensor", () => {
  it("reads half precision, raw and typed", () => {
    const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x7c00, 0xfc00, 0x3555];
    const values = [
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      Infinity,
      -Infinity,
      0.333251953125,
    ];
    const expected = hostTensor("float32", [10], Float32Array.from(values));
    const raw = new Uint8Array(Uint16Array.from(bits).buffer);
    expect(
      read((w) => head(w, [10], 10).tag(TENSOR.rawData, WireType.LengthDelimited).bytes(raw)),
    ).toEqual(expected);
    const typed = read((w) => {
      head(w, [10], 10);
      for (const b of bits) w.tag(TENSOR.int32Data, WireType.Varint).int32(b);
    });
    expect(typed).toEqual(expected);
  });

  it("reads typed fields, packed and not", () => {
    const packed = read((w) => {
      head(w, [2], 1)
        .tag(TENSOR.floatData, WireType.LengthDelimited)
        .fork()
        .float(1.5)
        .float(-2)
        .join();
    });
    expect(packed).toEqual(hostTensor("float32", [2], Float32Array.of(1.5, -2)));
    const unpacked = read((w) => {
      head(w, [2], 1)
        .tag(TENSOR.floatData, WireType.Bit32)
        .float(1.5)
        .tag(TENSOR.floatData, WireType.Bit32)
        .float(-2);
    });
    expect(unpacked).toEqual(packed);
    const long = read((w) => {
      head(w, [2], 7)
        .tag(TENSOR.int64Data, WireType.LengthDelimited)
        .fork()
        .int64(-1)
        .int64("9007199254740993")
        .join();
    });
    expect(long).toEqual(hostTensor("int64", [2], BigInt64Array.of(-1n, 9007199254740993n)));
    const double = read((w) => {
      head(w, [1], 11).tag(TENSOR.doubleData, WireType.Bit64).double(1e300);
    });
    expect(double).toEqual(hostTensor("float64", [1], Float64Array.of(1e300)));
    const bool = read((w) => {
      head(w, [2], 9)
        .tag(TENSOR.int32Data, WireType.LengthDelimited)
        .fork()
        .int32(0)
        .int32(1)
        .join();
    });
    expect(bool).toEqual(hostTensor("bool", [2], Uint8Array.of(0, 1)));
  });

  it("refuses what does not fit", () => {
    const raw = (bytes: number) => (w: BinaryWriter) =>
      w.tag(TENSOR.rawData, WireType.LengthDelimited).bytes(new Uint8Array(bytes));
    expect(() => read((w) => raw(13)(head(w, [3], 1)))).toThrow(
      /holds 13 bytes, expected 3 elements for shape \[3\]/,
    );
    expect(() => read((w) => head(w, [3], 1))).toThrow(/holds 0 elements, expected 3/);
    expect(() => read((w) => raw(4)(head(w, [-1], 1)))).toThrow(/shape is \[-1\]/);
    expect(() => read((w) => raw(4)(head(w, [2 ** 52, 2 ** 52, 0], 8)))).toThrow(
      /its type is string/,
    );
    expect(() =>
      read((w) => head(w, [1], 1).tag(TENSOR.dataLocation, WireType.Varint).int32(1)),
    ).toThrow(/in another file/);
    expect(() => read((w) => head(w, [2 ** 50, 2 ** 50], 1))).toThrow(
      /expected 1.26\d*e\+30 elements/,
    );
  });
});

/** Models with arbitrary text, attributes and tensors. */
function anyModel(): fc.Arbitrary<OnnxModel> {
  const text = fc.string({ unit: "binary", maxLength: 40 });
  const int = fc.maxSafeInteger();
  const float = fc.float();
  const attribute: fc.Arbitrary<AttributeValue> = fc.oneof(
    fc.record({ type: fc.constant("int" as const), value: int }),
    fc.record({ type: fc.constant("ints" as const), value: fc.array(int) }),
    fc.record({ type: fc.constant("float" as const), value: float }),
    fc.record({ type: fc.constant("floats" as const), value: fc.array(float) }),
    fc.record({ type: fc.constant("string" as const), value: text }),
    fc.record({ type: fc.constant("strings" as const), value: fc.array(text) }),
    fc.record({ type: fc.constant("tensor" as const), value: anyTensor() }),
  );
  const attributes = fc
    .uniqueArray(fc.tuple(text, attribute), { selector: ([name]) => name, maxLength: 4 })
    .map((entries) => Object.fromEntries(entries));
  const node = fc.record({
    opType: text,
    domain: text,
    name: text,
    inputs: fc.array(text, { maxLength: 3 }),
    outputs: fc.array(text, { maxLength: 3 }),
    attributes,
  });
  const dtype = fc.constantFrom<DType>("float32", "float64", "int32", "int64", "uint8", "bool");
  const value = fc.record({
    name: text,
    dtype,
    shape: fc.array(fc.oneof(fc.nat(), text), { maxLength: 4 }),
  });
  const graph = fc.record({
    name: text,
    nodes: fc.array(node, { maxLength: 3 }),
    initializers: fc
      .uniqueArray(fc.tuple(text, anyTensor()), { selector: ([name]) => name, maxLength: 3 })
      .map((entries) => new Map(entries)),
    inputs: fc.array(value, { maxLength: 2 }),
    outputs: fc.array(value, { minLength: 1, maxLength: 2 }),
  });
  return fc.record({
    irVersion: fc.nat(),
    producerName: text,
    docString: text,
    opsetImports: fc.array(fc.record({ domain: text, version: fc.nat() }), { maxLength: 2 }),
    metadata: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
    graph,
  });
}

/** Tensors of every element type with arbitrary bits. */
function anyTensor(): fc.Arbitrary<HostTensor> {
  return fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
    const size = sizeOf(shape);
    const constraints = { minLength: size, maxLength: size };
    return fc.oneof(
      fc.float32Array(constraints).map((data) => hostTensor("float32", shape, data)),
      fc.float64Array(constraints).map((data) => hostTensor("float64", shape, data)),
      fc.int32Array(constraints).map((data) => hostTensor("int32", shape, data)),
      fc.bigInt64Array(constraints).map((data) => hostTensor("int64", shape, data)),
      fc.uint8Array(constraints).map((data) => hostTensor("uint8", shape, data)),
      fc.uint8Array({ ...constraints, max: 1 }).map((data) => hostTensor("bool", shape, data)),
    );
  });
}
