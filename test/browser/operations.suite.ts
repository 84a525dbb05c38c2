import { describe, expect, inject, it } from "vitest";
import { ort } from "#platform";
import type { HostTensor } from "../../src/base/tensor.ts";
import { Engine } from "../../src/engine/engine.ts";
import { candidatesOf, repairOf } from "../../src/engine/lowerings/index.ts";
import { signatureOf } from "../../src/engine/tuner.ts";
import { interpret } from "../../src/graph/interpret.ts";
import { buildCase } from "../../src/graph/op-case.ts";
import { OP_CASES } from "../../src/graph/op-cases.ts";
import * as ops from "../../src/graph/ops/index.ts";
import { makeValue, topologicalOrder, type Value } from "../../src/graph/value.ts";
import {
  type ConvolutionCase,
  caseOutputs,
  convolutionValues,
  geometry,
  normalFeeds,
  relativeError,
} from "../support/operations.ts";

const provider = inject("provider");
const threads = 2;
const engine = await Engine.create({ provider, threads });

/** Float32 rounding; on WebGPU sine and cosine need only be right to 2^-11 (WGSL specification, accuracy of built-in functions). */
function toleranceOf(outputs: readonly Value[]): number {
  const trigonometric = topologicalOrder(outputs).some((v) => v.op === "Sin" || v.op === "Cos");
  return provider === "webgpu" && trigonometric ? 2 ** -11 : 2e-5;
}

async function compare(
  engine: Engine,
  outputs: Readonly<Record<string, Value>>,
  feeds: Readonly<Record<string, HostTensor>>,
  tune: boolean,
): Promise<void> {
  const program = await engine.compile(outputs, { tune });
  const { results } = await program.run(
    Object.fromEntries(program.inputNames.map((name) => [name, feeds[name] as HostTensor])),
  );
  await program.dispose();
  const values = Object.values(outputs);
  const expected = interpret(values, feeds);
  for (const [i, name] of Object.keys(outputs).entries()) {
    const [a, e] = [results[name] as HostTensor, expected[i] as HostTensor];
    expect(a.shape, name).toEqual(e.shape);
    expect(relativeError(a.data, e.data), name).toBeLessThan(toleranceOf(values));
  }
}

it.skipIf(typeof window === "undefined")("runs on two threads of a page", () => {
  expect(engine.target.provider).toBe(provider);
  expect(crossOriginIsolated).toBe(true);
  expect(ort.env.wasm.numThreads).toBe(2); // ONNX Runtime sets it to 1 where it cannot start threads.
});

describe("every operation, with its first and second order gradients, against the float64 interpreter", () => {
  it.each(OP_CASES.map((c) => [c.name, c] as const))("%s", async (_, opCase) => {
    const graph = buildCase(opCase);
    await compare(engine, caseOutputs(graph), graph.feeds, false);
  });
});

/** Channels by fours take other kernels than the few of the operations' cases. */
const CONVOLUTIONS: readonly ConvolutionCase[] = [
  [2, 32, 64, 5, 6, 1, geometry({})],
  [2, 32, 32, 6, 5, 3, geometry({ pads: [1, 1, 1, 1] })],
  [2, 32, 64, 4, 4, 3, geometry({ pads: [1, 1, 1, 1], group: 2 })],
  [2, 6, 4, 7, 8, 3, geometry({ pads: [1, 0, 2, 1], group: 2 })],
  [2, 4, 6, 8, 8, 3, geometry({ pads: [1, 1, 1, 1], strides: [2, 2] })],
  [2, 4, 4, 9, 9, 3, geometry({ pads: [2, 2, 2, 2], dilations: [2, 2] })],
  // Padding on the far edges only, with kernels of one pixel, and as large as the image.
  [2, 4, 4, 6, 7, 1, geometry({ pads: [0, 0, 1, 2] })],
  [2, 4, 4, 3, 3, 3, geometry({ pads: [0, 0, 1, 1] })],
  [1, 4, 4, 6, 7, 2, geometry({ pads: [0, 0, 1, 1] })],
  [2, 2, 8, 6, 6, 2, geometry({ pads: [1, 1, 0, 0] })],
  // Several outputs of one input channel a group.
  [2, 4, 8, 5, 5, 3, geometry({ pads: [1, 1, 1, 1], group: 4 })],
];

describe("every lowering gives what the float64 interpreter gives", () => {
  const images = ops.input("x", [2, 32, 6, 8]);
  const resamplings = [
    ops.upsampleFir(images),
    ops.downsampleFir(images),
    ops.averagePool(images, 2),
    ops.resizeNearest(images, 2),
  ];
  const products = [false, true].map((transA) => {
    const [a, b] = [ops.input("a", transA ? [3, 5, 4] : [3, 4, 5]), ops.input("b", [3, 6, 5])];
    return makeValue("MatMul", [a, b], { transA, transB: true }, [3, 4, 6], "float32");
  });
  const values = [...CONVOLUTIONS.flatMap(convolutionValues), ...resamplings, ...products];
  const cases = values.flatMap((value) =>
    candidatesOf(value, engine.target).map(
      ({ name }) => [name, signatureOf(value), value] as const,
    ),
  );

  it.each(cases)("%s: %s", async (name, signature, value) => {
    const chosen = await Engine.create({ provider, threads, choices: { [signature]: name } });
    await compare(chosen, { y: value }, normalFeeds(value), true);
  });

  it("repairs what WebGPU gets wrong, and nothing elsewhere", () => {
    const repaired = values.some((value) => repairOf(value, engine.target) !== undefined);
    expect(repaired).toBe(provider === "webgpu");
  });
});
