import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { LEFT_OUT, WIDE } from './wide.js';

/** Ends a run with what was skipped and why, and with the line `N passed, N failed, N skipped`. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const suite of module.children.allSuites()) {
        count.failed += suite.errors().length; // such as those of beforeAll: its tests count as skipped
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        count[result.state] += 1;
        if (result.state === 'skipped') {
          process.stdout.write(`skipped: ${test.fullName} (${result.note ?? 'no reason given'})\n`);
        }
      }
    }
    if (!WIDE) {
      process.stdout.write(`left out: ${LEFT_OUT}\n`);
    }
    const failed = count.failed + count.pending;
    process.stdout.write(`${count.passed} passed, ${failed} failed, ${count.skipped} skipped\n`);
  }
}
