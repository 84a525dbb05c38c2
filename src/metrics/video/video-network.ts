import { ort } from "#platform";
import { CheckpointError, ShapeError } from "../../base/errors.ts";
import type { NetworkIdentity } from "../feature-network.ts";
import type { Features } from "../features.ts";
import { createSession } from "../session.ts";

/** Frames of a clip, and their side [pixels]. */
export const VIDEO_CLIP: { readonly frames: number; readonly side: number } = {
  frames: 16,
  side: 32,
};

/** Clips a run of the network. */
const BATCH = 16;

const CLIP_SIZE = 3 * VIDEO_CLIP.frames * VIDEO_CLIP.side ** 2;

/** The network that turns clips of 16 frames into features: `clips` [N, 48, 32, 32], the frames side by side as planes in 0..1, to `features` [N, 64]. */
export class VideoNetwork {
  /** What messages and reports call it. */
  readonly name: string;
  /** SHA-256 of the file [hex]. */
  readonly sha256: string;
  readonly #session: ort.InferenceSession;

  private constructor({ name, sha256 }: NetworkIdentity, session: ort.InferenceSession) {
    this.name = name;
    this.sha256 = sha256;
    this.#session = session;
  }

  /**
   * A network from the bytes of its file.
   *
   * @throws {CheckpointError} if ONNX Runtime cannot run it, or it is another network.
   */
  static async decode(bytes: Uint8Array, identity: NetworkIdentity): Promise<VideoNetwork> {
    const session = await createSession(bytes).catch((cause: Error) => {
      throw new CheckpointError(
        `${identity.where}: ONNX Runtime cannot load this network (${cause.message}), expected the video network of Ganbox.`,
        { cause },
      );
    });
    if (session.inputNames.includes("clips") && session.outputNames.includes("features"))
      return new VideoNetwork(identity, session);
    await session.release();
    throw new CheckpointError(
      `${identity.where}: this network takes ${session.inputNames.join(", ")} and gives ${session.outputNames.join(", ")}, expected clips and features.`,
    );
  }

  /**
   * Features of some clips, and what the network thinks of them (20 classes, 5 faults, 5 numbers of motion).
   *
   * @param clips [count, 48, 32, 32], values in 0..1.
   * @throws {ShapeError} if there are fewer or more numbers.
   */
  async run(
    clips: Float32Array,
    count: number,
  ): Promise<{ readonly features: Features; readonly outputs: Float32Array }> {
    if (clips.length !== count * CLIP_SIZE) {
      throw new ShapeError(
        `video network: ${count} clips have ${clips.length} numbers, expected ${count} x ${CLIP_SIZE}.`,
      );
    }
    const parts: { features: Float32Array; outputs: Float32Array }[] = [];
    for (let from = 0; from < count; from += BATCH) {
      const rows = Math.min(BATCH, count - from);
      const part = clips.subarray(from * CLIP_SIZE, (from + rows) * CLIP_SIZE);
      const shape = [rows, 3 * VIDEO_CLIP.frames, VIDEO_CLIP.side, VIDEO_CLIP.side];
      const results = await this.#session.run({ clips: new ort.Tensor("float32", part, shape) });
      parts.push({
        features: results.features?.data as Float32Array,
        outputs: results.outputs?.data as Float32Array,
      });
    }
    const data = joined(parts.map(({ features }) => features));
    return {
      features: { count, width: data.length / count, data },
      outputs: joined(parts.map(({ outputs }) => outputs)),
    };
  }

  /** Frees the memory of the runtime. */
  async dispose(): Promise<void> {
    await this.#session.release();
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
