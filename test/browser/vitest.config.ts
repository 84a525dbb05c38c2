/** @file The suites that run the engine elsewhere than on Node's CPU provider. `scripts/test-browser.ts` starts them. */
import { resolve } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { browserPath, softwareVulkan } from "../../scripts/chromium.ts";

const root = resolve(import.meta.dirname, "../..");

/** Started by root, in a container and without a network: no sandbox, no display, no look-ups of Google's hosts. */
const QUIET = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SOFTWARE_WEBGPU = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

const suites = { root, include: ["test/browser/*.suite.ts"], testTimeout: 300_000 };
const node = {
  conditions: ["@ganbox/source", "node", "import", "module", "default"],
  externalConditions: ["@ganbox/source"],
};

/** A page whose cross-origin isolation lets WebAssembly share memory between threads. */
function page(
  name: string,
  provider: "wasm" | "webgpu",
  args: readonly string[],
  more: TestProjectInlineConfiguration["test"] = {},
): TestProjectInlineConfiguration {
  return {
    resolve: {
      alias: { "ganbox/web": resolve(root, "src/web.ts") },
      conditions: ["@ganbox/source", "module", "browser", "development"],
    },
    server: {
      headers: {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      },
    },
    // Its WebAssembly files are found beside it.
    optimizeDeps: { exclude: ["onnxruntime-web"] },
    cacheDir: resolve(root, ".cache/vite", name),
    test: {
      ...suites,
      name,
      provide: { provider },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        fileParallelism: false,
        provider: playwright({
          launchOptions: { executablePath: browserPath(), args: [...QUIET, ...args] },
        }),
        instances: [{ browser: "chromium" }],
      },
      ...more,
    },
  };
}

export default defineConfig({
  // Vitest's environment for `globalSetup`.
  environments: { __vitest__: { resolve: node } },
  test: {
    root,
    globalSetup: [resolve(import.meta.dirname, "golden.ts")],
    maxWorkers: 1,
    projects: [
      page("chromium-wasm", "wasm", ["--disable-gpu"]),
      page("chromium-wasm-asyncify", "wasm", ["--disable-gpu"], {
        include: ["test/browser/training.suite.ts"],
        setupFiles: [resolve(import.meta.dirname, "no-jspi.ts")],
      }),
      page("chromium-webgpu", "webgpu", SOFTWARE_WEBGPU),
      {
        ssr: { resolve: node },
        test: {
          ...suites,
          name: "node-webgpu",
          provide: { provider: "webgpu" },
          environment: "node",
          pool: "forks",
          env: softwareVulkan(),
        },
      },
    ],
  },
});
