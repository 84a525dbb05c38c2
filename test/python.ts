/** @file Finds a Python that can check our files with the tools that others use. Only tests use Python. */
import { spawnSync } from "node:child_process";

/** The first Python that can import all of `modules`, or undefined. `PYTHON` in the environment is tried first. */
export function findPython(...modules: string[]): string | undefined {
  const candidates = [process.env.PYTHON, "python3", "/usr/bin/python3", "python"].filter(
    (p) => p !== undefined,
  );
  return candidates.find(
    (python) => spawnSync(python, ["-c", `import ${modules.join(", ")}`]).status === 0,
  );
}

/**
 * What a Python program printed.
 *
 * @param args `sys.argv[1:]` of the program.
 * @throws {Error} with the program's messages if it failed.
 */
export function runPython(python: string, program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python, ["-c", program, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
