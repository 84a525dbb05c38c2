import { describe, expect, it } from "vitest";
import { Random } from "../../base/random.ts";
import { sizeOf } from "../../base/shape.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import { interpret } from "../../graph/interpret.ts";
import { input } from "../../graph/ops/index.ts";
import { makeValue, type Value } from "../../graph/value.ts";
import { Engine } from "../engine.ts";
import { signatureOf } from "../tuner.ts";
import { candidatesOf } from "./index.ts";

const engine = await Engine.create({ threads: 1 });

/** [N, C, O, H, W, kernel height and width, strides, pads]. */
const SHAPES = [
  [16, 16, 32, 4, 6, [4, 4], [2, 2], [1, 1, 1, 1]],
  [16, 32, 16, 4, 4, [2, 4], [2, 2], [0, 1, 0, 1]],
  [3, 16, 16, 9, 4, [6, 4], [3, 1], [2, 0, 1, 3]],
  [16, 16, 16, 5, 7, [3, 3], [2, 2], [0, 0, 0, 0]],
  [5, 16, 16, 4, 6, [3, 3], [2, 2], [1, 1, 1, 1]],
  [5, 16, 16, 4, 3, [3, 3], [1, 1], [1, 1, 1, 1]],
  [1, 1, 32, 3, 3, [2, 2], [1, 1], [0, 0, 0, 0]],
  [8, 6, 32, 3, 3, [1, 1], [1, 1], [0, 0, 0, 0]],
] as const;

/** A convolution and both its gradients. */
function valuesOf([n, c, o, h, w, [kh, kw], strides, pads]: (typeof SHAPES)[number]): Value[] {
  const attrs = { strides, pads, dilations: [1, 1], group: 1 } as const;
  const dh = Math.floor((h + pads[0] + pads[2] - kh) / strides[0]) + 1;
  const dw = Math.floor((w + pads[1] + pads[3] - kw) / strides[1]) + 1;
  const [x, dy, weight] = [
    input("x", [n, c, h, w]),
    input("dy", [n, o, dh, dw]),
    input("weight", [o, c, kh, kw]),
  ];
  return [
    makeValue("Conv", [x, weight], attrs, dy.shape, "float32"),
    makeValue("ConvInputGrad", [dy, weight], attrs, x.shape, "float32"),
    makeValue("ConvWeightGrad", [x, dy], attrs, weight.shape, "float32"),
  ];
}

const random = new Random(0);
const feedsOf = (value: Value): Record<string, HostTensor> =>
  Object.fromEntries(
    value.inputs.map((x, i) => {
      const name = (x as Value<"Input">).attrs.name;
      const data = random.split(i).fillNormal(new Float32Array(sizeOf(x.shape)));
      return [name, hostTensor("float32", x.shape, data)];
    }),
  );

describe("every lowering of a convolution", () => {
  const values = SHAPES.flatMap(valuesOf);
  const cases = values.flatMap((value) =>
    candidatesOf(value, engine.target).map(
      ({ name }) => [name, signatureOf(value), value] as const,
    ),
  );

  it.skipIf(engine.target.channelBlock === 0)("has blocked ones", () => {
    const count = (wanted: string): number => cases.filter(([name]) => name === wanted).length;
    expect(count("places")).toBeGreaterThanOrEqual(3);
    expect(count("blocked-few")).toBe(2);
    expect(count("exchanged") + count("exchanged-few")).toBe(SHAPES.length);
  });

  it.each(cases)("gives what the float64 interpreter gives: %s %s", async (name, signature, y) => {
    const fixed = await Engine.create({ threads: 1, choices: { [signature]: name } });
    const program = await fixed.compile({ y });
    const feeds = feedsOf(y);
    const found = (await program.run(feeds)).results.y as HostTensor;
    await program.dispose();
    const expected = interpret([y], feeds)[0] as HostTensor;
    const largest = (expected.data as Float32Array).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    expect(found.shape).toEqual(expected.shape);
    for (const [i, v] of (found.data as Float32Array).entries())
      expect(Math.abs(v - (expected.data[i] as number))).toBeLessThan(1e-5 * largest);
  });
});
