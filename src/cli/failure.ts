import { CancelledError, ConfigError, GanboxError } from "../base/errors.ts";

/** Exit code of an error: 2 for wrong usage or configuration, 130 for work that was stopped, 1 for the rest. */
export function exitCodeOf(error: unknown): 1 | 2 | 130 {
  if (error instanceof ConfigError) return 2;
  return error instanceof CancelledError ? 130 : 1;
}

/** Prints an error for the person at the terminal; with `DEBUG=ganbox` also where it came from. */
export function report(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof GanboxError;
  process.stderr.write(`ganbox: ${known ? message : `unexpected error: ${message}`}\n`);
  if (process.env.DEBUG === "ganbox") {
    process.stderr.write(`${stack}\n`);
    if (error instanceof Error && error.cause !== undefined) report(error.cause);
  } else if (!known) {
    process.stderr.write("This is a fault of Ganbox. DEBUG=ganbox shows where it happened.\n");
  }
}
