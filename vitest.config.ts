import { defineConfig } from "vitest/config";

/** Unit tests beside the code, cross-room tests in `test/`, those of the experiments in `suite/`. Browser suites have their own runner (`npm run test:browser`). */
export default defineConfig({
  ssr: {
    resolve: {
      conditions: ["@ganbox/source", "node", "import", "module", "default"],
      externalConditions: ["@ganbox/source"],
    },
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "suite/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
