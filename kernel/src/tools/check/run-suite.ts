import { BlockhostError, sentenceOf } from '../../errors/blockhost-error.js';

/** What came of a Mocha suite. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  /** Cases that need something which the plugin's set-up does not offer. */
  readonly skipped: number;
  readonly failures: readonly { readonly title: string; readonly problem: string }[];
}

/** Runs what `declare` describes with Mocha's `describe` and `it`, in this process and without output. */
export async function runSuite(declare: () => void): Promise<SuiteResult> {
  const { default: Mocha } = await import('mocha').catch((cause: unknown) => {
    throw new BlockhostError(
      'plugins.no-mocha',
      'The conformance suites need Mocha, which is not installed.',
      {
        cause,
        remedy: 'Install it beside the plugin: npm install --save-dev mocha chai',
      },
    );
  });
  const failures: { title: string; problem: string }[] = [];
  let passed = 0;
  let skipped = 0;
  const mocha = new Mocha({
    reporter: class {
      constructor(runner: Mocha.Runner) {
        runner.on('pass', () => {
          passed += 1;
        });
        runner.on('pending', () => {
          skipped += 1;
        });
        runner.on('fail', (test: Mocha.Test, error: unknown) => {
          failures.push({ title: test.fullTitle(), problem: sentenceOf(error) });
        });
      }
    } as unknown as Mocha.ReporterConstructor,
  });
  mocha.suite.emit('pre-require', globalThis, null, mocha);
  declare();
  await new Promise<void>((resolve) => {
    mocha.run(() => resolve());
  });
  mocha.dispose();
  return { passed, failed: failures.length, skipped, failures };
}
