// Runs the forge suite and ends with the line `N passed, N failed`.
// With --update it records the gas of forge/gas anew instead of comparing.
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { packageRoot } from './solidity.mjs';

const TIMEOUT_MS = 10 * 60_000;

const repositoryRoot = dirname(dirname(packageRoot));
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const forge = createRequire(import.meta.url).resolve(
  `@foundry-rs/forge-${process.platform}-${arch}/bin/forge`,
);

const suite = forgeTest('--json');
const results = readResults(suite.stdout) ?? failToRun(suite);
const failures = results.filter(({ outcome }) => outcome.status !== 'Success');
for (const { contract, test, outcome } of failures) {
  console.log(`FAILED ${contract} ${test}: ${outcome.reason ?? 'no reason given'}`);
  if (outcome.counterexample) console.log(`  ${JSON.stringify(outcome.counterexample)}`);
}

// Apart, because forge neither records nor compares gas when it prints JSON.
const update = process.argv.includes('--update');
const snapshots = ['--gas-snapshot-emit', String(update), '--gas-snapshot-check', String(!update)];
const gas = forgeTest('--match-contract', 'GasTest', ...snapshots);
if (gas.status !== 0) console.log(`FAILED gas is as recorded in forge/gas\n${gas.stdout}${gas.stderr}`);

if (update) appendFileSync(join(packageRoot, 'forge/gas/transactions.json'), '\n'); // forge leaves it out

const failed = failures.length + (gas.status === 0 ? 0 : 1);
console.log(`${results.length + 1 - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function forgeTest(...options) {
  const run = spawnSync(forge, ['test', '--root', repositoryRoot, ...options], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 256 * 1024 * 1024,
    env: {
      ...process.env,
      FOUNDRY_OFFLINE: 'true',
      FOUNDRY_CONFIG: join(packageRoot, 'foundry.toml'),
      // The compiler shim is a script for the Node that runs this.
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    },
  });
  if (run.error) throw new Error(`forge could not run: ${run.error.message}`);
  return run;
}

function readResults(stdout) {
  const json = stdout.split('\n').find((line) => line.startsWith('{'));
  if (json === undefined) return undefined;
  return Object.entries(JSON.parse(json)).flatMap(([contract, { test_results }]) =>
    Object.entries(test_results).map(([test, outcome]) => ({ contract, test, outcome })),
  );
}

function failToRun({ stdout, stderr }) {
  throw new Error(`forge printed no results:\n${stdout}${stderr}`);
}
