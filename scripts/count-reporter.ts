import { DefaultReporter, type TestModule, type TestRunEndReason } from "vitest/node";

/** Vitest's default output with one more line at the end, for people and scripts: `N passed, N failed`, and `, N skipped` where any were. */
export default class CountReporter extends DefaultReporter {
  override onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: Parameters<DefaultReporter["onTestRunEnd"]>[1],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, unhandledErrors, reason);
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never ran (its `beforeAll` failed) is no success.
        counts[state === "pending" ? "failed" : state]++;
      }
      // Files that do not load and hooks that throw fail without a test of their own.
      const suites = [module, ...module.children.allSuites()];
      counts.failed += suites.filter((suite) => suite.errors().length > 0).length;
    }
    const { passed, failed, skipped } = counts;
    this.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  }
}
