import { execFile } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/** Execution providers that ONNX Runtime has for Node, on one system or another. */
const PROVIDERS = ["cpu", "cuda", "dml", "coreml", "webgpu"] as const;

/** Time after which a provider counts as hanging [ms]. */
const TIMEOUT_MS = 30_000;

/** What trying an execution provider gave. */
export interface ProviderReport {
  readonly name: (typeof PROVIDERS)[number];
  /** Whether it ran a convolution and the result was right. */
  readonly works: boolean;
  /** Why it does not work; empty if it does. */
  readonly detail: string;
}

/** Tries every execution provider, each in a process of its own. */
export async function probeProviders(): Promise<ProviderReport[]> {
  return await Promise.all(PROVIDERS.map(probeProvider));
}

async function probeProvider(name: ProviderReport["name"]): Promise<ProviderReport> {
  const extension = extname(import.meta.url);
  const script = fileURLToPath(new URL(`./provider-probe${extension}`, import.meta.url));
  const flags = extension === ".ts" ? sourceFlags() : [];
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, script, name],
      { timeout: TIMEOUT_MS, windowsHide: true },
      (error, stdout) => {
        const why = reasonOf(stdout) || (error?.signal ?? "its process crashed");
        resolve({ name, works: error === null, detail: error === null ? "" : why });
      },
    );
  });
}

/** How Node runs TypeScript sources: only needed inside the repository. */
function sourceFlags(): string[] {
  return ["--conditions=@ganbox/source", "--import", import.meta.resolve("tsx")];
}

/** The first line of ONNX Runtime's message, without the place in its sources. */
function reasonOf(message: string): string {
  return (message.trim().split("\n", 1)[0] ?? "").replace(/^.* was false\. /, "");
}
