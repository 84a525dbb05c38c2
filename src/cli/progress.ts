import { statusLine } from "./status-line.ts";
import { Terminal } from "./terminal.ts";
import { formatDuration } from "./text.ts";

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

/** A progress bar that begins anew with each stage and says how long the stage will still take. */
export function createStages(): {
  readonly show: (stage: string, done: number, total: number) => void;
  readonly close: () => void;
} {
  const terminal = new Terminal(process.stderr);
  let current = "";
  let begin = 0;
  return {
    show: (stage, done, total) => {
      if (stage !== current) {
        current = stage;
        begin = performance.now();
      }
      const seconds = ((performance.now() - begin) / 1000) * ((total - done) / done);
      const fields =
        total === 1
          ? [`${stage} ...`]
          : [`${stage} ${done}/${total}`, `ETA ${formatDuration(seconds)}`];
      terminal.status(statusLine(done / total, fields, terminal.columns));
    },
    close: () => terminal.status(""),
  };
}
