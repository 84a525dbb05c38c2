import { it } from "vitest";
import * as a from "onnxruntime-web/webgpu";
import * as b from "onnxruntime-web/wasm";
import * as j from "onnxruntime-web/jspi";
import { buildPhases } from "../../src/train/phases.ts";
import { familyOf } from "../../src/models/registry.ts";
import { toOnnx } from "../../src/graph/onnx/write.ts";
import { encodeOnnx } from "../../src/graph/onnx/encode.ts";
import { topologicalOrder } from "../../src/graph/value.ts";
import { sizeOf } from "../../src/base/shape.ts";
import { Random } from "../../src/base/random.ts";
it("bench", async () => {
  const whole = { pairs: 4, rounds: 1 };
  const ph = buildPhases({ family: familyOf("r3gan"), architecture: { family: "r3gan", resolution: 32, latent: 64, classes: 0, widths: [64, 64, 32, 32], blocks: 1, expansion: 1, groupSize: 32 }, passes: { D: whole, G: whole }, augmentations: [] });
  const bytes = encodeOnnx(toOnnx(ph.D.pass, {}));
  const ins = topologicalOrder(Object.values(ph.D.pass)).filter((v: any) => v.op === "Input") as any[];
  for (const [name, ort] of [["asyncify", a], ["wasm", b], ["jspi", j], ["asyncify", a], ["wasm", b], ["jspi", j]] as any) {
    ort.env.wasm.numThreads = 2;
    let t = performance.now();
    const s = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all", enableMemPattern: false, enableCpuMemArena: false });
    console.log(name, "create", (performance.now() - t).toFixed());
    const feeds = Object.fromEntries(ins.map((v) => [v.attrs.name, v.dtype === "uint8" ? new ort.Tensor("uint8", new Uint8Array(sizeOf(v.shape)), v.shape) : new ort.Tensor("float32", new Random(1).fillNormal(new Float32Array(sizeOf(v.shape))).map((q: number) => Math.abs(q) * .05), v.shape)]));
    const times = [];
    for (let i = 0; i < 6; i++) { t = performance.now(); await s.run(feeds); times.push((performance.now() - t).toFixed()); }
    console.log(name, "run", times.join(" "));
    await s.release();
  }
});
it("fused", async () => {
  const { OnnxBuilder } = await import("../../src/graph/onnx/builder.ts");
  for (const [op, dom] of [["FusedMatMul", "com.microsoft"], ["ReorderInput", "com.microsoft.nchwc"]] as const) {
    const q = new OnnxBuilder(); q.output(q.node(op, op === "FusedMatMul" ? ["x", "x"] : ["x"], op === "FusedMatMul" ? { transB: 1 } : {}, dom), "y");
    const shape = op === "FusedMatMul" ? [1, 2, 2] : [1, 32, 2, 2];
    try { const s = await a.InferenceSession.create(encodeOnnx({ irVersion: 8, opsetImports: [{ domain: "", version: 18 }, { domain: dom, version: 1 }], graph: q.graph([{ name: "x", dtype: "float32", shape }], [{ name: "y", dtype: "float32", shape: shape.map(() => "") }]), metadata: {}, producerName: "g", docString: "" }), { executionProviders: ["wasm"], logSeverityLevel: 4 });
      const { y } = await s.run({ x: new a.Tensor("float32", Float32Array.from({ length: sizeOf(shape) }, (_, i) => i + 1), shape) }); console.log(op, [...(y!.data as any)].slice(0, 12)); } catch (e) { console.log(op, "no:", (e as Error).message.slice(0, 200)); }
  }
});
