import { CheckpointError } from "../../base/errors.ts";

/** Honest files hardly grow when they are read: half precision doubles, shared and repeated tensors add a little. */
const MAX_GROWTH = 16;

/** What any file may ask for beside that [bytes]. */
const FREE_BYTES = 2 ** 20;

/** A file of unknown origin while it is read: its name for messages, and how much memory its content may still ask for. */
export class UntrustedFile {
  /** Name for messages. */
  readonly source: string;
  readonly #size: number;
  #left: number;

  /** @param size Bytes of the whole file. */
  constructor(source: string, size: number) {
    this.source = source;
    this.#size = size;
    this.#left = size * MAX_GROWTH + FREE_BYTES;
  }

  /**
   * To be called before memory is taken that the file's own bytes do not pay for, since a few bytes can ask for the same
   * thing again and again.
   *
   * @throws {CheckpointError} when all together would be more than 16 times the file's size and 1 MiB.
   */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (!(this.#left >= 0)) {
      throw new CheckpointError(
        `${this.source}: its content unpacks to far more than its ${this.#size} bytes, expected at most ${MAX_GROWTH} times as much. It is damaged or an attack: get it again from a source that you trust.`,
      );
    }
  }

  /** An error about something that no writer of such files makes. */
  damaged(problem: string, options?: ErrorOptions): CheckpointError {
    return new CheckpointError(
      `${this.source}: ${problem}. The file is damaged or was changed: copy or export it again.`,
      options,
    );
  }
}
