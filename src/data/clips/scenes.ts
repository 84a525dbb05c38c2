/** Mean difference of neighbouring frames [0..1] below which nothing is a cut. */
const LEAST = 0.1;

/** The same for the second frame of a scene, of which no motion is known yet. */
const LEAST_AT_START = 0.2;

/** A cut changes this many times as much as the frames before it did on average. */
const RATIO = 3;

/** Frames that the average looks back. */
const MEMORY = 8;

/**
 * Finds where a film cuts from one scene to the next, frame by frame: where the mean absolute difference of a frame from the one before it is large,
 * and several times what it was in the scene so far.
 */
export class SceneCutter {
  #before: Uint8Array | undefined;
  #recent: number[] = [];

  /**
   * Whether a new scene begins with this frame; the first frame begins one.
   *
   * @param frame All frames of a film have one size. It is kept until the next call, and must not change.
   */
  cuts(frame: Uint8Array): boolean {
    const before = this.#before;
    this.#before = frame;
    if (before === undefined) return true;
    const change = meanDifference(before, frame);
    const usual = this.#recent.reduce((sum, d) => sum + d, 0) / Math.max(1, this.#recent.length);
    const least = this.#recent.length === 0 ? LEAST_AT_START : Math.max(LEAST, RATIO * usual);
    if (change > least) {
      this.#recent = [];
      return true;
    }
    this.#recent.push(change);
    if (this.#recent.length > MEMORY) this.#recent.shift();
    return false;
  }
}

/** `mean |a - b| / 255`. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / (255 * a.length);
}
