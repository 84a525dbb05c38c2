/** @file A process that tries one execution provider, for `ganbox doctor`: a provider whose driver is broken may end its process. */
import { hostTensor } from "../../base/tensor.ts";
import { Engine, type EngineOptions } from "../../engine/engine.ts";
import { conv, input } from "../../graph/ops/index.ts";

const SIDE = 4;

/** Convolves a picture of ones with a filter of ones: the middle must be 9. */
async function probe(provider: NonNullable<EngineOptions["provider"]>): Promise<void> {
  const engine = await Engine.create({ provider });
  const shape = [1, 1, SIDE, SIDE];
  const y = conv(input("x", shape), input("w", [1, 1, 3, 3]), { pads: 1 });
  const program = await engine.compile({ y }, { tune: false });
  const { results } = await program.run({
    x: hostTensor("float32", shape, new Float32Array(SIDE * SIDE).fill(1)),
    w: hostTensor("float32", [1, 1, 3, 3], new Float32Array(9).fill(1)),
  });
  const middle = results.y?.data[SIDE + 1];
  if (middle !== 9) throw new Error(`a convolution gave ${middle}, expected 9`);
}

try {
  await probe(process.argv[2] as NonNullable<EngineOptions["provider"]>);
} catch (error) {
  const { message, cause } = error as Error;
  process.stdout.write(cause instanceof Error ? cause.message : message);
  process.exitCode = 1;
}
