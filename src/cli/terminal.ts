import { styleText } from "node:util";

/** Columns used where a terminal does not tell. */
const COLUMNS = 80;

const CLEAR_LINE = "\r\u001b[2K";

/**
 * Text output with one line at the bottom that is rewritten in place. Where there is no terminal that line does not exist, and where there is
 * no colour (`NO_COLOR`) text is plain.
 */
export class Terminal {
  readonly #stream: NodeJS.WriteStream;
  /** Whether lines can be rewritten. */
  readonly live: boolean;
  readonly #colour: boolean;
  #status = "";

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.live = stream.isTTY === true && process.env.TERM !== "dumb";
    this.#colour = this.live && !process.env.NO_COLOR;
  }

  /** Room for a status line [characters]. */
  get columns(): number {
    return (this.#stream.columns || COLUMNS) - 1;
  }

  /** Prints a line above the status line. */
  print(line: string): void {
    this.#stream.write(this.#status === "" ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#status}`);
  }

  /** Rewrites the status line; an empty one removes it. */
  status(line: string): void {
    if (!this.live) return;
    this.#stream.write(`${CLEAR_LINE}${line}`);
    this.#status = line;
  }

  /** Text in a colour or style, where there are any. */
  style(format: "bold" | "dim" | "yellow", text: string): string {
    return this.#colour ? styleText(format, text) : text;
  }
}
