/** @file Runs the real command in a process of its own, from the sources. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command is run with. */
export interface CommandSettings {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Largest file that the command may write [512 bytes]; needs a POSIX shell. */
  readonly fileBlocks?: number;
  /** Called as soon as the process exists. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called with all that was printed to the standard output so far, whenever there is more. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
}

/** `ganbox` with these arguments. */
export async function ganbox(
  args: readonly string[],
  { cwd, env = {}, fileBlocks, onStart, onStdout }: CommandSettings,
): Promise<CommandResult> {
  const tsx = import.meta.resolve("tsx");
  const command = [
    ...(fileBlocks === undefined ? [] : ["sh", "-c", `ulimit -f ${fileBlocks} && exec "$@"`, "sh"]),
    ...[process.execPath, "--conditions=@ganbox/source", "--import", tsx, MAIN, ...args],
  ] as [string, ...string[]];
  const child = spawn(command[0], command.slice(1), { cwd, env: { ...process.env, ...env } });
  onStart?.(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onStdout?.(stdout, child);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
