import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Random } from "../src/base/random.ts";
import { encodeGenerator, generatorGraph } from "../src/models/model-file.ts";
import { initialize } from "../src/nn/parameters.ts";
import { resolveConfig } from "../src/train/config.ts";

const ROOT = resolve(import.meta.dirname, "..");
const READY_MODEL = join(ROOT, "models/landscapes-64.onnx");
const COMMAND = join(ROOT, "dist/cli/main.js");

/** A model of the default size at 64 pixels, with random weights: its speed is that of a trained one. */
function randomModel(): Uint8Array {
  const data = { source: "random", hash: "", pictures: 2, classes: [] };
  const { architecture } = resolveConfig({ resolution: 64 }, data, 1);
  const parameters = generatorGraph(architecture, 1).parameters.list();
  const info = { version: 1, architecture, classes: [], kimg: 0, data: "random" } as const;
  return encodeGenerator(info, initialize(parameters, new Random(0)));
}

/** Wall time of `ganbox generate` for one 64x64 picture, from the start of the process to its end [s], run by run. */
export function measureColdStart(runs: number): number[] {
  if (!existsSync(COMMAND)) throw new Error("bench: dist/ is missing. Run npm run build first.");
  const folder = mkdtempSync(join(tmpdir(), "ganbox-bench-"));
  try {
    const model = existsSync(READY_MODEL) ? READY_MODEL : join(folder, "model.onnx");
    if (model !== READY_MODEL) writeFileSync(model, randomModel());
    const args = [COMMAND, "generate", model, "--seeds", "0", "--out", join(folder, "out")];
    return Array.from({ length: runs }, () => {
      const start = performance.now();
      execFileSync(process.execPath, args, { stdio: "pipe" });
      return (performance.now() - start) / 1000;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
