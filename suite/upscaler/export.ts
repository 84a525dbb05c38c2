import type { HostTensor } from "../../src/base/tensor.ts";
import { hostTensor } from "../../src/base/tensor.ts";
import { float, OnnxBuilder } from "../../src/graph/onnx/builder.ts";
import { encodeOnnx } from "../../src/graph/onnx/encode.ts";
import { LEAKY_SLOPE } from "../../src/nn/layers.ts";
import { HIDDEN, SPLINE_MARGIN, splineWeights } from "./network.ts";

/**
 * The upscaler as an ONNX file for pictures of any size: `small` [N, 3, H + 2 MARGIN, W + 2 MARGIN] in 0..1 to `large` [N, 3, 2 H, 2 W]. It is written
 * node by node, since graphs have fixed sizes.
 *
 * @param weights By the names that the upscaler gives them.
 */
export function exportUpscaler(weights: ReadonlyMap<string, HostTensor>): Uint8Array {
  const b = new OnnxBuilder();
  const weight = (name: string): string => {
    const tensor = weights.get(`U/${name}`);
    if (tensor === undefined) throw new Error(`no weight U/${name}`);
    return b.tensor(tensor, name);
  };
  const conv = (x: string, w: string, bias: string): string => b.node("Conv", [x, w, bias]);
  let x = b.node("Mul", [b.node("Sub", ["small", b.scalar(0.5)]), b.scalar(4)]);
  for (let i = 0; i < HIDDEN; i++) {
    const y = conv(x, weight(`layer${i}/conv`), weight(`layer${i}/bias`));
    x = b.node("LeakyRelu", [y], { alpha: float(LEAKY_SLOPE) });
  }
  const detail = conv(x, weight("last"), weight("last-bias"));
  const kernel = hostTensor("float32", [12, 1, 5, 5], splineWeights());
  const middle = b.node("Slice", [
    "small",
    b.ints([SPLINE_MARGIN, SPLINE_MARGIN]),
    b.ints([-SPLINE_MARGIN, -SPLINE_MARGIN]),
    b.ints([2, 3]),
  ]);
  const spline = b.node("Conv", [middle, b.tensor(kernel, "spline")], { group: 3 });
  const both = b.node("Add", [spline, detail]);
  b.output(b.node("DepthToSpace", [both], { blocksize: 2, mode: "CRD" }), "large");
  const graph = b.graph(
    [{ name: "small", dtype: "float32", shape: ["batch", 3, "height", "width"] }],
    [{ name: "large", dtype: "float32", shape: ["batch", 3, "", ""] }],
  );
  return encodeOnnx({
    irVersion: 8,
    opsetImports: [{ domain: "", version: 18 }],
    graph,
    metadata: {},
    producerName: "ganbox",
    docString:
      "Pictures at twice the size. Pad by 7 pixels at each side first: edge pixels repeated.",
  });
}
