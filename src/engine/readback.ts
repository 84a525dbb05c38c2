import { ort } from "#platform";
import { invariant } from "../base/errors.ts";
import { type HostTensor, hostTensor } from "../base/tensor.ts";
import { OnnxBuilder } from "../graph/onnx/builder.ts";
import { encodeOnnx } from "../graph/onnx/encode.ts";

type OrtTensor = InstanceType<typeof ort.Tensor>;
type Session = Awaited<ReturnType<typeof ort.InferenceSession.create>>;

/** One session a rank, made when it is first needed and kept: checkpoints read every tensor again and again. */
const sessions = new Map<number, Promise<Session>>();

function identity(rank: number): Promise<Session> {
  const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
  const builder = new OnnxBuilder();
  builder.output(builder.node("Identity", ["x"]), "y");
  const bytes = encodeOnnx({
    irVersion: 8,
    opsetImports: [{ domain: "", version: 18 }],
    graph: builder.graph(
      [{ name: "x", dtype: "float32", shape }],
      [{ name: "y", dtype: "float32", shape }],
    ),
    metadata: {},
    producerName: "ganbox",
    docString: "",
  });
  return ort.InferenceSession.create(bytes, {
    executionProviders: ["webgpu"],
    logSeverityLevel: 3,
  });
}

/**
 * Copies a float32 tensor from the device to the host.
 *
 * It goes through a graph that does nothing and has its output on the CPU: `getData()` of a device tensor ends the process in
 * onnxruntime-node 1.30.
 */
export async function readBack(tensor: OrtTensor): Promise<HostTensor<"float32">> {
  invariant(tensor.type === "float32", `state tensor of type ${tensor.type} on a device`);
  const rank = tensor.dims.length;
  const session = sessions.get(rank) ?? identity(rank);
  sessions.set(rank, session);
  const { y } = await (await session).run({ x: tensor });
  return hostTensor("float32", [...tensor.dims], y?.data as Float32Array);
}
