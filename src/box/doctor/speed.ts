import { Random } from "../../base/random.ts";
import { sizeOf } from "../../base/shape.ts";
import { type HostTensor, hostTensor } from "../../base/tensor.ts";
import type { Engine } from "../../engine/engine.ts";
import { conv, input, matmul } from "../../graph/ops/index.ts";
import { isOp, topologicalOrder, type Value } from "../../graph/value.ts";

/** Billions of floating-point operations a second; a multiplication and an addition count as two. */
export interface SpeedReport {
  readonly threads: number;
  /** 3x3 convolution of 64 channels, 16 pictures of 32x32. */
  readonly convolutionGflops: number;
  /** Product of two 1024x1024 matrices. */
  readonly matmulGflops: number;
}

/** Time for which each operation is repeated [ms]. */
const MEASURE_MS = 700;

/** Speed of the two operations that training spends its time in, written in the way that is fastest here. Takes about 2 seconds. */
export async function measureSpeed(engine: Engine): Promise<SpeedReport> {
  const [n, channels, side, kernel, size] = [16, 64, 32, 3, 1024];
  const images = input("x", [n, channels, side, side]);
  const convolution = conv(images, input("w", [channels, channels, kernel, kernel]), { pads: 1 });
  const product = matmul(input("a", [size, size]), input("b", [size, size]));
  const multiplications = sizeOf(convolution.shape) * channels * kernel ** 2;
  return {
    threads: engine.target.threads,
    convolutionGflops: (2 * multiplications) / 1e9 / (await medianSeconds(engine, convolution)),
    matmulGflops: (2 * size ** 3) / 1e9 / (await medianSeconds(engine, product)),
  };
}

async function medianSeconds(engine: Engine, y: Value): Promise<number> {
  const program = await engine.compile({ y });
  const feeds: Record<string, HostTensor> = {};
  for (const value of topologicalOrder([y])) {
    if (!isOp(value, "Input")) continue;
    const data = new Random(0).fillNormal(new Float32Array(sizeOf(value.shape)));
    feeds[value.attrs.name] = hostTensor("float32", value.shape, data);
  }
  await program.run(feeds); // the first run allocates
  const times: number[] = [];
  const begin = performance.now();
  do {
    const start = performance.now();
    await program.run(feeds);
    times.push((performance.now() - start) / 1000);
  } while (performance.now() - begin < MEASURE_MS);
  await program.dispose();
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}
