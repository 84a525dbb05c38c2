import { statusLine } from "../src/cli/status-line.ts";
import { Terminal } from "../src/cli/terminal.ts";
import { formatDuration } from "../src/cli/text.ts";

/** Steps between two updates of the status line. */
const UPDATE = 50;

/** How far a run of several trainings is, on the error output: a status line where there is a terminal, and a line a training. */
export class Progress {
  readonly #terminal = new Terminal(process.stderr);
  readonly #start = performance.now();
  readonly #total: number;
  #finished = 0;

  /** @param total Steps of all trainings. */
  constructor(total: number) {
    this.#total = total;
  }

  #left(done: number): string {
    const seconds = (performance.now() - this.#start) / 1000;
    return formatDuration((seconds / done) * (this.#total - done));
  }

  /** After a step of a training. */
  step(training: string, step: number, steps: number): void {
    if (step % UPDATE > 0) return;
    const done = this.#finished + step;
    const fields = [`${training}, step ${step}/${steps}`, `ETA ${this.#left(done)}`];
    this.#terminal.status(statusLine(done / this.#total, fields, this.#terminal.columns));
  }

  /** After a training of so many steps. */
  finish(result: string, steps: number): void {
    this.#finished += steps;
    this.#terminal.status("");
    this.#terminal.print(`${result}; ETA ${this.#left(this.#finished)}`);
  }
}
