/**
 * One convolution layer, forward and the gradient of its weights, against the two libraries that train in JavaScript: jax-js
 * (WebAssembly) and TensorFlow.js (plain JavaScript, and WebAssembly as far as that goes). Method: bench/README.md.
 *
 *     npm run bench:layer
 */
import { availableParallelism, cpus } from "node:os";
import * as jax from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { Random } from "../src/base/random.ts";
import { hostTensor } from "../src/base/tensor.ts";
import { Engine } from "../src/engine/engine.ts";
import { gradients } from "../src/graph/gradients.ts";
import { conv, input, mul, reduceSum } from "../src/graph/ops/index.ts";
import type { Value } from "../src/graph/value.ts";

const ROUNDS = 5;
/** A measurement is cut short after this [ms], if it has one result. */
const PATIENCE = 10_000;
/** Images, channels in and out, side, side of the kernel. */
const [N, C, O, SIDE, K] = [2, 32, 32, 32, 3];
const GFLOP = (2 * N * C * O * SIDE * SIDE * K * K) / 1e9;

const random = new Random(0);
const normal = (name: string, size: number): Float32Array =>
  random.split(name).fillNormal(new Float32Array(size));
const x = normal("x", N * C * SIDE * SIDE); // [N, C, H, W]
const weight = normal("weight", O * C * K * K); // [O, C, k, k]
const dy = normal("dy", N * O * SIDE * SIDE); // [N, O, H, W]

/** A result in a library's own layout, and what turns it into [N, O, H, W] or [O, C, k, k]. */
interface Work {
  run(): Promise<Float32Array>;
  toOurs?(result: Float32Array): Float32Array;
}

/** What every library is asked for. */
interface Layer {
  readonly name: string;
  readonly forward: Work;
  /** Gradient of `sum(forward * dy)` with respect to the weights. */
  readonly weightGradient: Work;
}

async function ganbox(threads: number): Promise<Layer> {
  const engine = await Engine.create({ threads });
  const [xs, ws] = [input("x", [N, C, SIDE, SIDE]), input("weight", [O, C, K, K])];
  const y = conv(xs, ws, { pads: (K - 1) / 2 });
  const [slope] = gradients(reduceSum(mul(y, input("dy", y.shape))), [ws]);
  const feeds = {
    x: hostTensor("float32", xs.shape, x),
    weight: hostTensor("float32", ws.shape, weight),
    dy: hostTensor("float32", y.shape, dy),
  };
  const work = async (value: Value): Promise<Work> => {
    const program = await engine.compile({ value });
    return { run: async () => (await program.run(feeds)).results.value?.data as Float32Array };
  };
  return {
    name: `Ganbox, ${threads} thread${threads > 1 ? "s" : ""}`,
    forward: await work(y),
    weightGradient: await work(slope as Value),
  };
}

async function jaxJs(): Promise<Layer> {
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const array = (data: Float32Array, shape: number[]): jax.Array =>
    jax.numpy.array(data as Float32Array<ArrayBuffer>, { shape });
  const [xs, ws, dys] = [
    array(x, [N, C, SIDE, SIDE]),
    array(weight, [O, C, K, K]),
    array(dy, [N, O, SIDE, SIDE]),
  ];
  const layer = (w: jax.Array, images: jax.Array): jax.Array =>
    jax.lax.conv(images, w, [1, 1], "SAME");
  const forward = jax.jit(layer);
  const slope = jax.jit(
    jax.grad((w: jax.Array, images: jax.Array, d: jax.Array) => layer(w, images).mul(d).sum()),
  );
  return {
    name: "jax-js 0.1, WebAssembly",
    forward: { run: async () => (await forward(ws.ref, xs.ref).data()) as Float32Array },
    weightGradient: {
      run: async () => (await (slope(ws.ref, xs.ref, dys.ref) as jax.Array).data()) as Float32Array,
    },
  };
}

/** TensorFlow.js has no other layout than NHWC on these backends; nothing is turned while the clock runs. */
async function tensorflow(backend: "cpu" | "wasm"): Promise<Layer> {
  const use = async (): Promise<void> => {
    await tf.setBackend(backend);
    await tf.ready();
  };
  await use();
  const xs = tf.keep(tf.transpose(tf.tensor4d(x, [N, C, SIDE, SIDE]), [0, 2, 3, 1]));
  const ws = tf.keep(tf.transpose(tf.tensor4d(weight, [O, C, K, K]), [2, 3, 1, 0]));
  const dys = tf.keep(tf.transpose(tf.tensor4d(dy, [N, O, SIDE, SIDE]), [0, 2, 3, 1]));
  const layer = (): tf.Tensor => tf.conv2d(xs as tf.Tensor4D, ws as tf.Tensor4D, 1, "same");
  // Its gradient of a convolution is this kernel; a backend without it cannot train one.
  const slope = (): tf.Tensor =>
    tf
      .engine()
      .runKernel(
        "Conv2DBackpropFilter",
        { x: xs, dy: dys },
        { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: [K, K, C, O] },
      );
  const work = (f: () => tf.Tensor, shape: number[], perm: number[]): Work => ({
    run: async () => {
      await use();
      const result = f();
      const data = (await result.data()) as Float32Array;
      result.dispose();
      return data;
    },
    toOurs: (result) => tf.transpose(tf.tensor(result, shape), perm).dataSync() as Float32Array,
  });
  return {
    name: `TensorFlow.js 4.22, ${backend === "cpu" ? "JavaScript" : "WebAssembly"}`,
    forward: work(layer, [N, SIDE, SIDE, O], [0, 3, 1, 2]),
    weightGradient: work(slope, [K, K, C, O], [3, 2, 0, 1]),
  };
}

/** Largest difference, relative to the largest number. */
function difference(a: Float32Array, b: Float32Array): number {
  const largest = b.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return a.reduce((m, v, i) => Math.max(m, Math.abs(v - (b[i] as number))), 0) / largest;
}

/** Speed of one kind of work [GFLOP/s] as text; also says if the library cannot do it, or does something else. */
async function measure({ run, toOurs = (r) => r }: Work, expected: Float32Array): Promise<string> {
  try {
    const off = difference(toOurs(await run()), expected);
    if (!(off < 1e-4)) return `wrong by ${off}`;
  } catch (error) {
    const [line = ""] = (error as Error).message.split("\n");
    return `cannot: ${line.slice(0, 80)}`;
  }
  const times: number[] = [];
  const begin = performance.now();
  for (let round = 0; round < ROUNDS && performance.now() - begin < PATIENCE; round++) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[times.length >> 1] as number;
  return (GFLOP / (median / 1000)).toPrecision(2);
}

const threads = availableParallelism();
console.log(
  `${cpus()[0]?.model}, Node ${process.version}, medians of ${ROUNDS}; ${N} images [${C}, ${SIDE}, ${SIDE}], ${O} kernels of ${K} x ${K}\n`,
);
const one = await ganbox(1);
const forward = (await one.forward.run()).slice();
const slope = (await one.weightGradient.run()).slice();
console.log("| library | forward, GFLOP/s | weight gradient, GFLOP/s |\n| --- | --- | --- |");
const layers = [
  one,
  await ganbox(threads),
  await jaxJs(),
  await tensorflow("cpu"),
  await tensorflow("wasm"),
];
for (const layer of layers) {
  const cells = [await measure(layer.forward, forward), await measure(layer.weightGradient, slope)];
  console.log(`| ${layer.name} | ${cells.join(" | ")} |`);
}
