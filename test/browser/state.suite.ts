import { expect, inject, it } from "vitest";
import { hostTensor } from "../../src/base/tensor.ts";
import { Engine } from "../../src/engine/engine.ts";
import { NEXT, State } from "../../src/engine/state.ts";
import * as ops from "../../src/graph/ops/index.ts";

const provider = inject("provider");
const engine = await Engine.create({ provider, threads: 2 });

it("keeps state where it is computed and reads it back, also after the program that wrote it is gone", async () => {
  const state = new State();
  state.set("x", hostTensor("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)));
  state.set("y", hostTensor("float32", [], Float32Array.of(7)));
  const [x, y] = [ops.input("x", [2, 3]), ops.input("y", [])];
  const first = await engine.compile({
    [`${NEXT}x`]: ops.mul(x, 2),
    [`${NEXT}y`]: ops.add(y, ops.reduceSum(x)),
  });
  for (let i = 0; i < 3; i++) state.commit((await first.run({}, state)).next);
  for (const name of ["x", "y"])
    expect(state.live(name)?.location).toBe(provider === "webgpu" ? "gpu-buffer" : "cpu");
  await first.dispose();

  const second = await engine.compile({ [`${NEXT}x`]: ops.mul(x, y), sum: ops.reduceSum(x) });
  const { results, next } = await second.run({}, state);
  expect([...(results.sum?.data ?? [])]).toEqual([168]);
  state.commit(next);
  await second.dispose();
  expect(await state.get("y")).toEqual(hostTensor("float32", [], Float32Array.of(154)));
  expect(await state.get("x")).toEqual(
    hostTensor(
      "float32",
      [2, 3],
      Float32Array.from([1, 2, 3, 4, 5, 6], (v) => 8 * v * 154),
    ),
  );

  state.set("x", hostTensor("float32", [2, 3]));
  expect([...(await state.get("x")).data]).toEqual([0, 0, 0, 0, 0, 0]);
  state.dispose();
  expect(state.names).toEqual([]);
});

it.skipIf(typeof process === "undefined" || process.memoryUsage === undefined)(
  "grows no memory over many steps",
  async () => {
    const state = new State();
    state.set("x", hostTensor("float32", [1 << 20]));
    const x = ops.input("x", [1 << 20]);
    const program = await engine.compile({ [`${NEXT}x`]: ops.add(x, 1) });
    const step = async (): Promise<void> => state.commit((await program.run({}, state)).next);
    for (let i = 0; i < 50; i++) await step();
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 200; i++) await step();
    expect((process.memoryUsage.rss() - before) / 1e6).toBeLessThan(100); // 200 x 4 MB, if nothing were freed
    const { data } = await state.get("x");
    expect([data[0], data.at(-1)]).toEqual([250, 250]);
    state.dispose();
    await program.dispose();
  },
);
