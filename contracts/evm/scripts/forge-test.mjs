// Runs the forge suite and ends with the line `N passed, N failed`.
// With --update it records the gas of forge/gas anew instead of comparing.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from './solidity.mjs';

const TIMEOUT_MS = 10 * 60_000;

const repositoryRoot = dirname(dirname(packageRoot));
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const forge = createRequire(import.meta.url).resolve(
  `@foundry-rs/forge-${process.platform}-${arch}/bin/forge`,
);

const update = process.argv.includes('--update');
const { status, stdout, stderr, error } = spawnSync(forge, ['test', '--root', repositoryRoot, '--json'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
  timeout: TIMEOUT_MS,
  maxBuffer: 256 * 1024 * 1024,
  env: {
    ...process.env,
    FOUNDRY_OFFLINE: 'true',
    FOUNDRY_CONFIG: join(packageRoot, 'foundry.toml'),
    FORGE_SNAPSHOT_CHECK: String(!update),
    FORGE_SNAPSHOT_EMIT: String(update),
    // The compiler shim is a script for the Node that runs this.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  },
});
if (error) throw new Error(`forge could not run: ${error.message}`);

const results = readResults();
const failures = results.filter(({ outcome }) => outcome.status !== 'Success');
for (const { suite, test, outcome } of failures) {
  console.log(`FAILED ${suite} ${test}: ${outcome.reason ?? 'no reason given'}`);
  if (outcome.counterexample) console.log(`  ${JSON.stringify(outcome.counterexample)}`);
}
// Forge also fails for what is no test, such as a gas figure that has changed.
const failed = failures.length > 0 || status === 0 ? failures.length : 1;
if (failed > failures.length) console.log(stderr.trim());
console.log(`${results.length - failures.length} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function readResults() {
  const json = stdout.split('\n').find((line) => line.startsWith('{'));
  if (json === undefined) throw new Error(`forge printed no results:\n${stdout}${stderr}`);
  return Object.entries(JSON.parse(json)).flatMap(([suite, { test_results }]) =>
    Object.entries(test_results).map(([test, outcome]) => ({ suite, test, outcome })),
  );
}
