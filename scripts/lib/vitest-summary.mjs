/** A vitest reporter: counts tests and keeps why each one was skipped, as JSON in the file that RINGLENS_TEST_SUMMARY names. */
import { writeFileSync } from 'node:fs';

export default class SummaryReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const summary = { passed: 0, failed: 0, skipped: /** @type {{ name: string, note: string }[]} */ ([]) };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') summary.passed++;
        else if (result.state === 'failed') failedTests++;
        else summary.skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, note: ('note' in result && result.note) || '' });
      }
      // A file that could not be loaded, or whose hook failed, counts though no test of it ran.
      summary.failed += module.ok() ? failedTests : Math.max(1, failedTests);
    }
    summary.failed += unhandledErrors.length;
    const file = process.env.RINGLENS_TEST_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}
