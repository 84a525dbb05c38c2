/**
 * Runs the engine's suites elsewhere than on Node's CPU provider, and prints `N passed, N failed` last.
 *
 *     npx tsx scripts/test-browser.ts wasm      # WebAssembly in Chromium
 *     npx tsx scripts/test-browser.ts webgpu    # WebGPU in Chromium and in Node, on a software adapter
 *
 * Without a Chromium it ends with a message, and in CI (environment variable `CI`) with exit code 1.
 */
import { resolve } from "node:path";
import { startVitest } from "vitest/node";
import { browserPath } from "./chromium.ts";
import CountReporter from "./count-reporter.ts";

const PROJECTS: Readonly<Record<string, readonly string[]>> = {
  wasm: ["chromium-wasm", "chromium-wasm-asyncify"],
  webgpu: ["chromium-webgpu", "node-webgpu"],
};

async function run(projects: readonly string[]): Promise<void> {
  const config = resolve(import.meta.dirname, "../test/browser/vitest.config.ts");
  const reporters = [new CountReporter()];
  const vitest = await startVitest("test", [], {
    config,
    project: [...projects],
    reporters,
    watch: false,
  });
  await vitest.close();
}

const projects = PROJECTS[process.argv[2] ?? ""];
if (projects === undefined) {
  console.error(
    `test-browser: "${process.argv[2] ?? ""}" is no suite, expected ${Object.keys(PROJECTS).join(" or ")}.`,
  );
  process.exitCode = 2;
} else if (browserPath() === undefined) {
  console.log(
    "test-browser: no Chromium found. Install one (Debian: apt-get install chromium), or set CHROMIUM to the path of its program.",
  );
  console.log(`0 passed, ${process.env.CI ? 1 : 0} failed`);
  process.exitCode = process.env.CI ? 1 : 0;
} else await run(projects);
