import { ort } from "#platform";
import { hostTensor } from "../base/tensor.ts";
import { OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";
import { MICROSOFT, NCHWC } from "./lowerings/lowering.ts";
import type { Target } from "./target.ts";

const MAX_BLOCK = 32;

async function runOne(
  provider: Target["provider"],
  opType: string,
  domain: string,
  attributes: Record<string, number>,
  x: Float32Array,
  shape: number[],
): Promise<Float32Array | undefined> {
  const builder = new OnnxBuilder();
  const name = builder.node(
    opType,
    opType === "FusedMatMul" ? ["x", "x"] : ["x"],
    attributes,
    domain,
  );
  builder.output(name, "y");
  const value = { dtype: "float32", shape } as const;
  const bytes = encodeOnnx({
    irVersion: 8,
    opsetImports: [
      { domain: "", version: 18 },
      { domain, version: 1 },
    ],
    graph: builder.graph(
      [{ name: "x", ...value }],
      [{ name: "y", dtype: "float32", shape: shape.map(() => "") }],
    ),
    metadata: {},
    producerName: "ganbox",
    docString: "",
  });
  try {
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: [provider],
      logSeverityLevel: 4,
    });
    const { y } = await session.run({
      x: new ort.Tensor("float32", hostTensor("float32", shape, x).data, shape),
    });
    await session.release();
    return y?.data as Float32Array;
  } catch {
    return undefined;
  }
}

/** Channels in a block of the blocked convolution: what `ReorderInput` puts beside the first element of a counting tensor. */
async function channelBlock(provider: Target["provider"]): Promise<number> {
  const pixels = 4;
  const counting = new Float32Array(MAX_BLOCK * pixels).map((_, i) => i);
  const out = await runOne(provider, "ReorderInput", NCHWC, {}, counting, [1, MAX_BLOCK, 2, 2]);
  if (out === undefined) return 0;
  let block = 1;
  while (block < MAX_BLOCK && out[block] === block * pixels) block++;
  return block > 1 && MAX_BLOCK % block === 0 ? block : 0;
}

/** Finds out which of ONNX Runtime's internal operations exist on this machine. */
export async function probeTarget(provider: Target["provider"], threads: number): Promise<Target> {
  if (provider !== "cpu" && provider !== "wasm")
    return { provider, threads, channelBlock: 0, fusedMatMul: false };
  const product = await runOne(
    provider,
    "FusedMatMul",
    MICROSOFT,
    { transB: 1 },
    Float32Array.of(1, 2, 3, 4),
    [1, 2, 2],
  );
  return {
    provider,
    threads,
    channelBlock: await channelBlock(provider),
    fusedMatMul: product?.join() === "5,11,11,25",
  };
}
