/** Numbers whose count is not known before the last one. */
export class GrowingArray {
  #data = new Float32Array(4096);
  #length = 0;

  /** Adds numbers at the end. */
  push(values: ArrayLike<number>): void {
    if (this.#length + values.length > this.#data.length) {
      const larger = new Float32Array(2 * this.#data.length + values.length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data.set(values, this.#length);
    this.#length += values.length;
  }

  /** A copy of all of them. */
  values(): Float32Array {
    return this.#data.slice(0, this.#length);
  }
}
