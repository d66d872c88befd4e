// Mocha's spec reporter, that also leaves its figures and what failed in the file named by BLOCKHOST_TEST_FIGURES.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export default class FiguresReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BLOCKHOST_TEST_FIGURES;
    if (!file) return;
    const failures = [];
    runner.on('fail', (test, error) => failures.push(`${test.fullTitle()}: ${error.message}`));
    runner.once('end', () => {
      const { passes, pending } = this.stats;
      const figures = { passed: passes, failed: failures.length, skipped: pending };
      writeFileSync(file, JSON.stringify({ ...figures, failures }));
    });
  }
}
