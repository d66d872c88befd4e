// Mocha's spec reporter, that also leaves its figures in the file named by BLOCKHOST_TEST_FIGURES.
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

export default class FiguresReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const file = process.env.BLOCKHOST_TEST_FIGURES;
    if (file) {
      runner.once('end', () => {
        const { passes, failures, pending } = this.stats;
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
      });
    }
  }
}
