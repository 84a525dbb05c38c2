import { statusLine } from "./reporter.ts";
import { Terminal } from "./terminal.ts";

/** A progress bar on the error output, so that the standard output holds results only. Nothing is shown where there is no terminal. */
export function createProgress(what: string): {
  readonly show: (done: number, total: number) => void;
  readonly close: () => void;
} {
  const terminal = new Terminal(process.stderr);
  return {
    show: (done, total) =>
      terminal.status(statusLine(done / total, [`${what} ${done}/${total}`], terminal.columns)),
    close: () => terminal.status(""),
  };
}
