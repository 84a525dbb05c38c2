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
  /** Called with all that was printed to the standard output so far, whenever there is more. */
  readonly onStdout?: (text: string, child: ChildProcess) => void;
}

/** `ganbox` with these arguments. */
export async function ganbox(
  args: readonly string[],
  { cwd, env = {}, onStdout }: CommandSettings,
): Promise<CommandResult> {
  const tsx = import.meta.resolve("tsx");
  const child = spawn(
    process.execPath,
    ["--conditions=@ganbox/source", "--import", tsx, MAIN, ...args],
    { cwd, env: { ...process.env, ...env } },
  );
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
