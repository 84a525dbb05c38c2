import { ort } from "#platform";
import { hostTensor } from "../base/tensor.ts";
import { float, OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { DATA_TYPE } from "../graph/onnx/schema.ts";
import type { Features } from "./features.ts";
import type { Matrix } from "./row-products.ts";
import { createSession } from "./session.ts";

/** Rows that are multiplied with others at a time: the kernel of a band with 10,000 pictures takes 30 MB. */
const BAND = 256;

/** A session for each width of features. */
const sessions = new Map<number, Promise<ort.InferenceSession>>();

/**
 * Sums over a band: `sums_s = sum_ij u_is k(x_i, y_j) v_js`. Products are made in single precision: their errors have no sign, and a million are summed.
 * Sums are made in double precision.
 */
async function createSums(width: number): Promise<ort.InferenceSession> {
  const builder = new OnnxBuilder();
  const one = builder.tensor(hostTensor("float32", [1], Float32Array.of(1)));
  const inner = builder.node("Gemm", ["x", "y", one], { alpha: float(1 / width), transB: 1 });
  const cube = builder.node("Mul", [builder.node("Mul", [inner, inner]), inner]);
  const kernel = builder.node("Cast", [cube], { to: DATA_TYPE.float64 });
  const weighted = builder.node("Mul", ["u", builder.node("MatMul", [kernel, "v"])]);
  const axes = builder.tensor(hostTensor("int64", [1], BigInt64Array.of(0n)));
  builder.output(builder.node("ReduceSum", [weighted, axes], { keepdims: 0 }), "sums");
  const graph = builder.graph(
    [
      { name: "x", dtype: "float32", shape: ["m", width] },
      { name: "y", dtype: "float32", shape: ["n", width] },
      { name: "u", dtype: "float64", shape: ["m", "s"] },
      { name: "v", dtype: "float64", shape: ["n", "s"] },
    ],
    [{ name: "sums", dtype: "float64", shape: ["s"] }],
  );
  return await createSession(
    encodeOnnx({
      irVersion: 8,
      opsetImports: [{ domain: "", version: 18 }],
      graph,
      metadata: {},
      producerName: "ganbox",
      docString: "",
    }),
  );
}

const rowsOf = (
  { data, columns }: Pick<Matrix, "data" | "columns">,
  from: number,
  to: number,
): ort.Tensor =>
  new ort.Tensor("float64", data.subarray(from * columns, to * columns), [to - from, columns]);

const picturesOf = ({ data, width }: Features, from: number, to: number): ort.Tensor =>
  new ort.Tensor("float32", data.subarray(from * width, to * width), [to - from, width]);

async function bandSums(
  feeds: Readonly<Record<"x" | "y" | "u" | "v", ort.Tensor>>,
): Promise<Float64Array> {
  const width = feeds.x.dims[1] as number;
  const session = sessions.get(width) ?? createSums(width);
  sessions.set(width, session);
  const { sums } = await (await session).run(feeds);
  return sums?.data as Float64Array;
}

function addTo(sums: Float64Array, more: Float64Array): void {
  for (const [s, value] of more.entries()) (sums[s] as number) += value;
}

/**
 * Sums of the kernel `k(x, y) = (x . y / d + 1)^3` over pairs of two sets, for several choices of pictures at once.
 *
 * @param u 1 where picture i of the first set belongs to choice s, else 0. Shape [N, S].
 * @param v The same for the second set. Shape [M, S].
 * @returns `sum_ij u_is k(x_i, y_j) v_js`, shape [S].
 */
export async function kernelSumsAcross(
  x: Features,
  y: Features,
  u: Matrix,
  v: Matrix,
): Promise<Float64Array> {
  const sums = new Float64Array(u.columns);
  for (let from = 0; from < x.count; from += BAND) {
    const to = Math.min(from + BAND, x.count);
    addTo(
      sums,
      await bandSums({
        x: picturesOf(x, from, to),
        y: picturesOf(y, 0, y.count),
        u: rowsOf(u, from, to),
        v: rowsOf(v, 0, y.count),
      }),
    );
  }
  return sums;
}

/**
 * The same over all pairs of different pictures of one set.
 *
 * @returns `sum_{i != j} u_is k(x_i, x_j) u_js`, shape [S].
 */
export async function kernelSumsWithin(x: Features, u: Matrix): Promise<Float64Array> {
  const { count, width } = x;
  const { columns } = u;
  const sums = new Float64Array(columns);
  const v = { columns, data: u.data.map((value) => 2 * value) };
  for (let from = 0; from < count; from += BAND) {
    const to = Math.min(from + BAND, count);
    // A pair of this band comes twice, one of this band and a later one once: it counts twice, also for the pair the other way round.
    v.data.set(u.data.subarray(from * columns, to * columns), from * columns);
    addTo(
      sums,
      await bandSums({
        x: picturesOf(x, from, to),
        y: picturesOf(x, from, count),
        u: rowsOf(u, from, to),
        v: rowsOf(v, from, count),
      }),
    );
  }
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (const value of x.data.subarray(i * width, (i + 1) * width)) square += value * value;
    const self = (square / width + 1) ** 3;
    for (let s = 0; s < columns; s++)
      (sums[s] as number) -= (u.data[i * columns + s] as number) * self;
  }
  return sums;
}
