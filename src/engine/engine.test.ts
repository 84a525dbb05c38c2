import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ort } from "#platform";
import {
  type ConvolutionCase,
  caseOutputs,
  convolutionValues,
  geometry,
  normalFeeds,
  relativeError,
} from "../../test/support/operations.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { interpret } from "../graph/interpret.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import { buildCase } from "../graph/op-case.ts";
import { OP_CASES } from "../graph/op-cases.ts";
import * as ops from "../graph/ops/index.ts";
import { makeValue, type Value } from "../graph/value.ts";
import { Engine } from "./engine.ts";
import { candidatesOf } from "./lowerings/index.ts";
import { fromOrt, toOrt } from "./program.ts";
import { domainsOf, sessionOptions } from "./session.ts";
import { NEXT, State } from "./state.ts";
import { memoryStore, signatureOf } from "./tuner.ts";
import { fileStore } from "./tuning-store.node.ts";

const engine = await Engine.create({ threads: 1 });

describe("every operation, with its first and second order gradients, on ONNX Runtime", () => {
  it.each(OP_CASES.map((c) => [c.name, c] as const))("%s", async (_, opCase) => {
    const graph = buildCase(opCase);
    const outputs = caseOutputs(graph);
    const program = await engine.compile(outputs, { tune: false });
    const used = Object.fromEntries(
      program.inputNames.map((name) => [name, graph.feeds[name] as HostTensor]),
    );
    const { results } = await program.run(used);
    await program.dispose();
    const expected = interpret(Object.values(outputs), graph.feeds);
    for (const [i, name] of Object.keys(outputs).entries()) {
      const [a, e] = [results[name] as HostTensor, expected[i] as HostTensor];
      expect(a.shape).toEqual(e.shape);
      expect(relativeError(a.data, e.data), name).toBeLessThan(2e-5);
    }
  });
});

/** Shapes that bring every lowering into play: [N, C, O, H, W, k, attrs]. */
const CONVOLUTIONS: readonly ConvolutionCase[] = [
  [16, 32, 64, 5, 6, 1, geometry({})],
  [16, 32, 32, 6, 5, 3, geometry({ pads: [1, 1, 1, 1] })],
  [16, 32, 64, 4, 4, 3, geometry({ pads: [1, 1, 1, 1], group: 2 })],
  [2, 6, 4, 7, 8, 3, geometry({ pads: [1, 0, 2, 1], group: 2 })],
  [2, 4, 6, 8, 8, 3, geometry({ pads: [1, 1, 1, 1], strides: [2, 2] })],
  [2, 4, 4, 9, 9, 3, geometry({ pads: [2, 2, 2, 2], dilations: [2, 2] })],
];

const RESAMPLINGS = [
  ops.upsampleFir,
  ops.downsampleFir,
  (x: Value) => ops.averagePool(x, 2),
  (x: Value) => ops.resizeNearest(x, 2),
].map((f) => f(ops.input("x", [2, 32, 6, 8])));
const PRODUCTS = [true, false].flatMap((transA) =>
  [true, false].map((transB) => {
    const [a, b] = [
      ops.input("a", transA ? [3, 5, 4] : [3, 4, 5]),
      ops.input("b", transB ? [3, 6, 5] : [3, 5, 6]),
    ];
    return makeValue("MatMul", [a, b], { transA, transB }, [3, 4, 6], "float32");
  }),
);

describe("every lowering gives what the float64 interpreter gives", () => {
  const cases = [...CONVOLUTIONS.flatMap(convolutionValues), ...RESAMPLINGS, ...PRODUCTS].flatMap(
    (value) =>
      candidatesOf(value, engine.target).map(
        (candidate) => [candidate.name, signatureOf(value), value, candidate] as const,
      ),
  );
  it("covers the blocked ones where this machine has them", () => {
    const names = new Set(cases.map(([name]) => name));
    for (const name of [
      "portable",
      "pointwise",
      "mirrored",
      "shifts",
      "pool",
      "repeat",
      "depthwise",
    ])
      expect(names).toContain(name);
    if (engine.target.channelBlock > 0)
      for (const name of ["blocked", "exchanged"]) expect(names).toContain(name);
  });
  it.each(cases)("%s: %s", async (_name, _signature, value, candidate) => {
    const feeds = normalFeeds(value);
    const model = toOnnx(
      { y: value },
      {
        lower: (v) => (v.op === value.op ? candidate.lower(engine.target) : undefined),
        domains: domainsOf(engine.target),
      },
    );
    const session = await ort.InferenceSession.create(
      encodeOnnx(model),
      sessionOptions({ target: engine.target, arena: false }),
    );
    const { y } = await session.run(
      Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, toOrt(v)])),
    );
    await session.release();
    const [expected] = interpret([value], feeds);
    expect(y?.dims).toEqual(value.shape);
    expect(relativeError(y?.data as Float32Array, (expected as HostTensor).data)).toBeLessThan(
      1e-5,
    );
  });
});

describe("state", () => {
  const x = ops.input("x", [4]);
  const graph = { [`${NEXT}x`]: ops.mul(x, 2), sum: ops.reduceSum(x) };

  it("stays with the engine and grows no memory over many steps", async () => {
    const state = new State();
    state.set("x", hostTensor("float32", [4], Float32Array.of(1, 2, 3, 4)));
    const big = ops.input("big", [1 << 16]);
    const program = await engine.compile({
      [`${NEXT}big`]: ops.add(big, 1),
      top: ops.reduceMax(big),
    });
    state.set("big", hostTensor("float32", [1 << 16]));
    const step = async (): Promise<number> => {
      const { results, next } = await program.run({}, state);
      state.commit(next);
      return results.top?.data[0] as number;
    };
    for (let i = 0; i < 1000; i++) await step();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 9000; i++) await step();
    const grown = (process.memoryUsage.rss() - before) / 1e6;
    expect(await step()).toBe(10_000);
    expect(grown).toBeLessThan(30);
  });

  it("changes only when it is told to", async () => {
    const state = new State();
    state.set("x", hostTensor("float32", [4], Float32Array.of(1, 2, 3, 4)));
    const program = await engine.compile(graph);
    await program.run({}, state);
    expect([...state.peek("x").data]).toEqual([1, 2, 3, 4]);
    const { next, results } = await program.run({}, state);
    state.commit(next);
    expect(results.sum?.data[0]).toBe(10);
    expect([...(await state.get("x")).data]).toEqual([2, 4, 6, 8]);
  });

  it("names a missing or wrong feed", async () => {
    const program = await engine.compile({ y: ops.mul(x, 2) });
    await expect(program.run({})).rejects.toThrow(
      /no tensor for input "x", expected float32 \[4\]/,
    );
    await expect(program.run({ x: hostTensor("float32", [3]) })).rejects.toThrow(
      /is float32 \[3\], expected float32 \[4\]/,
    );
  });
});

describe("tuning", () => {
  const [value] = convolutionValues(CONVOLUTIONS[1] as (typeof CONVOLUTIONS)[number]);

  it("measures once, remembers on disk, and survives a damaged file", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "ganbox-tuning-")), "lowerings.json");
    let measured = 0;
    const compile = async (): Promise<string | undefined> => {
      const e = await Engine.create({
        threads: 1,
        store: fileStore(path),
        onTuning: () => measured++,
      });
      await (await e.compile({ y: value as Value })).dispose();
      return e.choices[signatureOf(value as Value)];
    };
    const winner = await compile();
    expect(measured).toBe(1);
    expect(candidatesOf(value as Value, engine.target).map((c) => c.name)).toContain(winner);
    expect(await compile()).toBe(winner);
    expect(measured).toBe(1);
    writeFileSync(path, "{ not json");
    await compile();
    expect(measured).toBe(2);
  });

  it("repeats the choices of an earlier session whatever the store says", async () => {
    const signature = signatureOf(value as Value);
    const e = await Engine.create({
      threads: 1,
      choices: { [signature]: "portable" },
      store: memoryStore(),
    });
    await (await e.compile({ y: value as Value })).dispose();
    expect(e.choices[signature]).toBe("portable");
  });
});

it("says what to do when a provider is missing", async () => {
  const broken = await Engine.create({ provider: "webgpu-none" as "webgpu" });
  await expect(broken.compile({ y: ops.neg(ops.input("x", [1])) })).rejects.toThrow(
    /ganbox doctor/,
  );
});

it("hands host tensors over without a copy", () => {
  const tensor = hostTensor("float32", [2], Float32Array.of(1, 2));
  expect(fromOrt(toOrt(tensor)).data).toBe(tensor.data);
});
