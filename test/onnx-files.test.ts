/** @file Our ONNX files against readers and writers that are not ours: ONNX Runtime, Python's checker, the ONNX test models. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { CheckpointError } from "../src/base/errors.ts";
import { type HostTensor, hostTensor } from "../src/base/tensor.ts";
import { decodeOnnx } from "../src/graph/onnx/decode.ts";
import { encodeOnnx } from "../src/graph/onnx/encode.ts";
import { Message } from "../src/graph/onnx/message.ts";
import type { OnnxModel, OnnxNode } from "../src/graph/onnx/model.ts";
import { decodeTensor } from "../src/graph/onnx/tensor.ts";
import { findPython, runPython } from "./python.ts";

/** Debian's libonnx-testdata, installed or unpacked into the cache folder. */
const TEST_MODELS = [
  "/usr/share/libonnx-testdata/data",
  ".cache/libonnx-testdata/usr/share/libonnx-testdata/data",
].find((folder) => existsSync(folder));

const python = findPython("onnx");

function node(
  opType: string,
  inputs: readonly string[],
  output: string,
  attributes: OnnxNode["attributes"] = {},
): OnnxNode {
  return { opType, domain: "", name: `test/${output}`, inputs, outputs: [output], attributes };
}

/** y = LeakyRelu(Conv(x, w, b)) with its channels reordered; batch size is free. */
function convModel(): OnnxModel {
  const kernel = new Float32Array(2 * 1 * 3 * 3);
  kernel[4] = 1; // channel 0: the pixel itself
  kernel[9 + 3] = 1; // channel 1: the pixel to the left
  return {
    irVersion: 8,
    producerName: "ganbox",
    docString: "",
    opsetImports: [{ domain: "", version: 17 }],
    metadata: { title: "Wälder" },
    graph: {
      name: "conv",
      nodes: [
        node("Conv", ["x", "w", "b"], "c", {
          pads: { type: "ints", value: [1, 1, 1, 1] },
          kernel_shape: { type: "ints", value: [3, 3] },
          auto_pad: { type: "string", value: "NOTSET" },
        }),
        node("LeakyRelu", ["c"], "a", { alpha: { type: "float", value: 0.5 } }),
        node("Constant", [], "order", {
          value: { type: "tensor", value: hostTensor("int64", [2], BigInt64Array.of(1n, 0n)) },
        }),
        node("Gather", ["a", "order"], "y", { axis: { type: "int", value: 1 } }),
      ],
      initializers: new Map<string, HostTensor>([
        ["w", hostTensor("float32", [2, 1, 3, 3], kernel)],
        ["b", hostTensor("float32", [2], Float32Array.of(0, -10))],
      ]),
      inputs: [{ name: "x", dtype: "float32", shape: ["batch", 1, 1, 3] }],
      outputs: [{ name: "y", dtype: "float32", shape: ["batch", 2, 1, 3] }],
    },
  };
}

describe("an encoded model", () => {
  it("runs in ONNX Runtime", async () => {
    const session = await InferenceSession.create(encodeOnnx(convModel()), {
      intraOpNumThreads: 1,
    });
    const x = new Tensor("float32", Float32Array.of(1, 2, -3), [1, 1, 1, 3]);
    const y = (await session.run({ x })).y as Tensor;
    expect(y.dims).toEqual([1, 2, 1, 3]);
    expect([...(y.data as Float32Array)]).toEqual([-5, -4.5, -4, 1, 2, -1.5]);
    await session.release();
  });

  it.skipIf(!python)("passes the checker of Python's onnx (skipped where that is absent)", () => {
    const folder = mkdtempSync(join(tmpdir(), "ganbox-onnx-"));
    try {
      const file = join(folder, "conv.onnx");
      writeFileSync(file, encodeOnnx(convModel()));
      const program = `
import json, sys, onnx
from onnx import numpy_helper
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
weights = {t.name: numpy_helper.to_array(t).ravel().tolist() for t in model.graph.initializer}
print(json.dumps({
  "ops": [n.op_type for n in model.graph.node],
  "pads": list(model.graph.node[0].attribute[0].ints),
  "b": weights["b"],
  "metadata": {p.key: p.value for p in model.metadata_props},
  "batch": model.graph.input[0].type.tensor_type.shape.dim[0].dim_param,
}))`;
      expect(JSON.parse(runPython(python as string, program, [file]))).toEqual({
        ops: ["Conv", "LeakyRelu", "Constant", "Gather"],
        pads: [1, 1, 1, 1],
        b: [0, -10],
        metadata: { title: "Wälder" },
        batch: "batch",
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of 100 MB is written with little more memory than the file", () => {
    const big = hostTensor("float32", [25_000_000], new Float32Array(25_000_000).fill(1));
    const model = convModel();
    const graph = {
      ...model.graph,
      initializers: new Map([...model.graph.initializers, ["big", big] as const]),
    };
    const before = process.memoryUsage().arrayBuffers;
    const bytes = encodeOnnx({ ...model, graph });
    const grown = process.memoryUsage().arrayBuffers - before;
    expect(bytes.length).toBeGreaterThan(100_000_000);
    expect(grown).toBeLessThan(1.01 * bytes.length);
    const read = decodeOnnx(bytes).graph.initializers.get("big");
    expect(read?.shape).toEqual([25_000_000]);
    expect(
      read && Buffer.compare(Buffer.from(read.data.buffer), Buffer.from(big.data.buffer)),
    ).toBe(0);
  });
});

describe.skipIf(!TEST_MODELS)("the ONNX test models (skipped without libonnx-testdata)", () => {
  const folder = TEST_MODELS ?? "";
  const files = (TEST_MODELS ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [])
    .filter((file) => file.endsWith("model.onnx"))
    .map((file) => join(folder, file));

  it("are read and written again alike, or refused by name", () => {
    const refused: string[] = [];
    for (const file of files) {
      try {
        const model = decodeOnnx(readFileSync(file), file);
        expect(decodeOnnx(encodeOnnx(model)), file).toEqual(model);
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
        refused.push(error.message.slice(file.length));
      }
    }
    expect(files.length).toBeGreaterThan(1000);
    for (const reason of refused) expect(reason).toMatch(/it holds |its type is /);
    expect(refused.length / files.length).toBeLessThan(0.1);
  });

  it("compute in ONNX Runtime, written again, what their files say", async () => {
    const withWeights = files.filter((file) =>
      /pytorch-converted.test_(Conv|LeakyReLU|Embedding)/.test(file),
    );
    expect(withWeights.length).toBeGreaterThan(20);
    for (const file of withWeights) {
      const bytes = encodeOnnx(decodeOnnx(readFileSync(file), file));
      const session = await InferenceSession.create(bytes, {
        intraOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      const data = join(dirname(file), "test_data_set_0");
      const { dtype, shape, data: x } = readTensor(join(data, "input_0.pb"));
      const input = new Tensor(dtype as "float32", x as Float32Array, shape);
      const outputs = await session.run({ [session.inputNames[0] as string]: input });
      const y = outputs[session.outputNames[0] as string] as Tensor;
      const expected = readTensor(join(data, "output_0.pb"));
      expect(y.dims, file).toEqual(expected.shape);
      const error = [...(y.data as Float32Array)].map((v, i) =>
        Math.abs(v - Number(expected.data[i])),
      );
      expect(Math.max(...error), file).toBeLessThan(1e-4);
      await session.release();
    }
  });
});

function readTensor(file: string): HostTensor {
  return decodeTensor(new Message(file, readFileSync(file)));
}
