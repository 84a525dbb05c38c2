import { ort } from "#platform";
import { CheckpointError } from "../base/errors.ts";
import { sizeOf } from "../base/shape.ts";
import type { Features } from "./features.ts";
import { createSession } from "./session.ts";

/** What a feature network says about some pictures. */
export interface NetworkOutput {
  readonly features: Features;
  /** Of a classifier, before softmax; undefined where the network has none. */
  readonly logits: Features | undefined;
}

const WANTED =
  "expected one input, float32 [N, 3, S, S] or [N, 1, S, S] with values in 0..1 and any N, and an output `features` [N, d]";

/**
 * A network that turns pictures into features, as an ONNX file: one input, float32 [N, C, S, S] with values in 0..1, C 3 (sRGB) or 1 (grey), a fixed
 * side S and a free batch N; an output `features` [N, d], or any name if it is the only one; and, where it is a classifier, an output `logits`
 * [N, classes].
 */
export class FeatureNetwork {
  /** What results are called after: "mixed5", or the name of a file. */
  readonly name: string;
  /** SHA-256 of the file [hex]. */
  readonly sha256: string;
  /** Colours of a picture. */
  readonly channels: 1 | 3;
  /** Width and height of a picture [pixels], S. */
  readonly side: number;
  /** Numbers a picture, d. */
  readonly width: number;
  /** Classes that `logits` tell apart; 0 without logits. */
  readonly classes: number;
  readonly #session: ort.InferenceSession;
  readonly #featuresName: string;

  private constructor(
    identity: NetworkIdentity,
    session: ort.InferenceSession,
    input: { channels: 1 | 3; side: number },
    output: { name: string; width: number; classes: number },
  ) {
    this.name = identity.name;
    this.sha256 = identity.sha256;
    this.channels = input.channels;
    this.side = input.side;
    this.width = output.width;
    this.classes = output.classes;
    this.#session = session;
    this.#featuresName = output.name;
  }

  /**
   * A network from the bytes of its file. It is run once, to see that it does what it promises.
   *
   * @throws {CheckpointError} if ONNX Runtime cannot run it, or its input or outputs are others.
   */
  static async decode(bytes: Uint8Array, identity: NetworkIdentity): Promise<FeatureNetwork> {
    const { where } = identity;
    const session = await createSession(bytes).catch((cause: Error) => {
      throw new CheckpointError(
        `${where}: ONNX Runtime cannot load this feature network (${cause.message}), ${WANTED}.`,
        { cause },
      );
    });
    try {
      const input = inputOf(session, where);
      const name = featuresNameOf(session, where);
      const outputs = await probe(session, input, where);
      const width = widthOf(outputs[name], name, where);
      const classes = outputs.logits === undefined ? 0 : widthOf(outputs.logits, "logits", where);
      return new FeatureNetwork(identity, session, input, { name, width, classes });
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * Features of some pictures.
   *
   * @param images Shape [count, channels, side, side], values in 0..1.
   */
  async run(images: Float32Array, count: number): Promise<NetworkOutput> {
    const { channels, side, width, classes } = this;
    const input = new ort.Tensor("float32", images, [count, channels, side, side]);
    const outputs = await this.#session.run({ [this.#session.inputNames[0] as string]: input });
    const data = (name: string): Float32Array => outputs[name]?.data as Float32Array;
    return {
      features: { count, width, data: data(this.#featuresName) },
      logits: classes === 0 ? undefined : { count, width: classes, data: data("logits") },
    };
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

/** Where a network came from. */
export interface NetworkIdentity {
  /** What results are called after. */
  readonly name: string;
  /** SHA-256 of the file [hex]. */
  readonly sha256: string;
  /** Name of the file, for messages. */
  readonly where: string;
}

function inputOf(session: ort.InferenceSession, where: string): { channels: 1 | 3; side: number } {
  const [input, ...more] = session.inputMetadata;
  const shape = input?.isTensor ? input.shape : [];
  const [batch, channels, height, side] = shape;
  if (
    more.length > 0 ||
    !input?.isTensor ||
    input.type !== "float32" ||
    shape.length !== 4 ||
    (channels !== 1 && channels !== 3) ||
    typeof side !== "number" ||
    side < 1 ||
    height !== side ||
    (typeof batch === "number" && batch > 0)
  ) {
    const found = session.inputMetadata.map((value) =>
      value.isTensor ? `"${value.name}" ${value.type} [${value.shape.join(", ")}]` : value.name,
    );
    throw new CheckpointError(
      `${where}: this network takes ${found.join(" and ")}, ${WANTED}. docs/metrics.md shows how to write such a file.`,
    );
  }
  return { channels, side };
}

function featuresNameOf(session: ort.InferenceSession, where: string): string {
  const { outputNames } = session;
  const [only, ...more] = outputNames;
  if (outputNames.includes("features")) return "features";
  if (only !== undefined && more.length === 0) return only;
  throw new CheckpointError(
    `${where}: this network gives ${outputNames.join(", ")}, ${WANTED}. docs/metrics.md shows how to write such a file.`,
  );
}

/** Pictures of the trial: more than one shows that the batch is free. */
const TRIAL = 2;

async function probe(
  session: ort.InferenceSession,
  { channels, side }: { channels: number; side: number },
  where: string,
): Promise<ort.InferenceSession.ReturnType> {
  const shape = [TRIAL, channels, side, side];
  const grey = new Float32Array(sizeOf(shape)).fill(0.5);
  try {
    return await session.run({
      [session.inputNames[0] as string]: new ort.Tensor("float32", grey, shape),
    });
  } catch (cause) {
    throw new CheckpointError(
      `${where}: this network fails on ${TRIAL} pictures (${(cause as Error).message}), ${WANTED}.`,
      { cause },
    );
  }
}

function widthOf(tensor: ort.Tensor | undefined, name: string, where: string): number {
  const [count, width] = tensor?.dims ?? [];
  if (
    tensor?.type !== "float32" ||
    tensor.dims.length !== 2 ||
    count !== TRIAL ||
    width === undefined ||
    width < 1
  ) {
    throw new CheckpointError(
      `${where}: its output "${name}" is ${tensor?.type ?? "missing"} [${tensor?.dims.join(", ")}] for ${TRIAL} pictures, expected float32 [${TRIAL}, d]. Average it over the picture and flatten it.`,
    );
  }
  return width;
}
