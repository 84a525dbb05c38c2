import { describe, expect, it } from "vitest";
import { Random } from "../base/random.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { interpret } from "../graph/interpret.ts";
import { toOnnx } from "../graph/onnx/write.ts";
import * as ops from "../graph/ops/index.ts";
import { isOp, topologicalOrder, type Value } from "../graph/value.ts";
import { Engine } from "./engine.ts";
import { fuse } from "./fuse.ts";
import { candidatesOf } from "./lowerings/index.ts";
import { domainsOf } from "./session.ts";
import { signatureOf } from "./tuner.ts";

const engine = await Engine.create({ threads: 1 });
const { target } = engine;
const C = 2 * target.channelBlock;
const blockedConvolution = it.skipIf(target.channelBlock === 0);

const x = ops.input("x", [2, C, 5, 6]);
const conv = (from: Value, name: string): Value =>
  ops.conv(from, ops.input(name, [C, C, 3, 3]), { pads: 1 });
const biased = (from: Value, name: string): Value =>
  ops.leakyRelu(ops.add(from, ops.reshape(ops.input(name, [C]), [1, C, 1, 1])));

/** Names of the operations after joining, every convolution in blocks. */
function joined(y: Value): string[] {
  const model = toOnnx(
    { y },
    {
      lower: (value) =>
        candidatesOf(value, target)
          .find(({ name }) => name === "blocked")
          ?.lower(target),
      domains: domainsOf(target),
    },
  );
  return fuse(model.graph).nodes.map(({ opType }) => opType);
}

const count = (names: readonly string[], name: string): number =>
  names.filter((n) => n === name).length;

/** Compiled with every convolution in blocks, against the interpreter. */
async function expectRight(y: Value): Promise<void> {
  const feeds: Record<string, HostTensor> = {};
  const random = new Random(1);
  const choices: Record<string, string> = {};
  for (const value of topologicalOrder([y])) {
    if (isOp(value, "Conv")) choices[signatureOf(value)] = "blocked";
    if (!isOp(value, "Input")) continue;
    const { name } = value.attrs;
    const tensor = hostTensor("float32", value.shape);
    random.split(name).fillNormal(tensor.data);
    // Kernels that keep the scale, so that one tolerance fits all depths.
    if (name.startsWith("w"))
      for (let i = 0; i < tensor.data.length; i++)
        tensor.data[i] = Number(tensor.data[i]) / Math.sqrt(9 * C);
    feeds[name] = tensor;
  }
  const program = await (await Engine.create({ threads: 1, choices })).compile({ y });
  const { results } = await program.run(feeds);
  await program.dispose();
  const [wanted] = interpret([y], feeds);
  const error = [...(results.y as HostTensor).data].map((v, i) =>
    Math.abs(Number(v) - Number(wanted?.data[i])),
  );
  expect(Math.max(...error)).toBeLessThan(1e-4);
}

describe("fuse", () => {
  blockedConvolution("joins bias, leaky ReLU and the sum of a residual block", async () => {
    const start = biased(conv(x, "w0"), "b0");
    const y = ops.add(start, conv(biased(conv(start, "w1"), "b1"), "w2"));
    const names = joined(y);
    expect(count(names, "Conv")).toBe(3);
    expect(count(names, "ReorderInput")).toBe(1);
    expect(count(names, "ReorderOutput")).toBe(1);
    for (const gone of ["Add", "LeakyRelu"]) expect(count(names, gone)).toBe(0);
    await expectRight(y);
  });

  blockedConvolution("leaves alone what is read elsewhere too", async () => {
    const sum = conv(x, "w0");
    const y = ops.mul(biased(sum, "b0"), sum);
    expect(count(joined(y), "LeakyRelu")).toBe(1);
    await expectRight(y);
    const before = ops.add(sum, ops.reshape(ops.input("b0", [C]), [1, C, 1, 1]));
    const z = ops.mul(ops.leakyRelu(before), before);
    expect(count(joined(z), "LeakyRelu")).toBe(1);
    await expectRight(z);
  });

  blockedConvolution("joins no bias along another axis, and no sum that is broadcast", async () => {
    const wide = ops.input("x", [2, C, C, C]);
    const along = ops.reshape(ops.input("b", [C]), [1, 1, 1, C]);
    const y = ops.leakyRelu(ops.add(conv(wide, "w0"), along));
    expect(count(joined(y), "Add")).toBe(1);
    await expectRight(y);
    const one = ops.input("one", [1, C, 5, 6]);
    const z = ops.add(ops.add(conv(one, "w1"), conv(x, "w0")), one);
    expect(count(joined(z), "Add")).toBe(2);
    await expectRight(z);
  });
});
