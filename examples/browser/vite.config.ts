import { resolve } from "node:path";
import { defineConfig } from "vite";

const root = import.meta.dirname;
const repository = resolve(root, "../..");

export default defineConfig({
  root,
  // Ganbox from its sources. A page of your own installs `ganbox` and `onnxruntime-web` and needs neither of these two lines.
  resolve: {
    alias: { "ganbox/web": resolve(repository, "src/web.ts") },
    conditions: ["@ganbox/source", "module", "browser", "development"],
  },
  // Its WebAssembly files are found beside it.
  optimizeDeps: { exclude: ["onnxruntime-web"] },
  cacheDir: resolve(repository, ".cache/vite/example"),
  server: {
    fs: { allow: [repository] },
    // A page that is isolated like this may compute on all cores; others compute on one.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
