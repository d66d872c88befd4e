// Runs the forge suite and ends with the line `N passed, N failed`.
// With --update it records the gas of forge/gas anew instead of comparing.
import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { forge } from './forge.mjs';
import { packageRoot } from './solidity.mjs';

const suite = forge('test', '--json');
const results = readResults(suite.stdout) ?? failToRun(suite);
const failures = results.filter(({ outcome }) => outcome.status !== 'Success');
for (const { contract, test, outcome } of failures) {
  console.log(`FAILED ${contract} ${test}: ${outcome.reason ?? 'no reason given'}`);
  if (outcome.counterexample) console.log(`  ${JSON.stringify(outcome.counterexample)}`);
}

// Apart, because forge neither records nor compares gas when it prints JSON.
const update = process.argv.includes('--update');
const snapshots = ['--gas-snapshot-emit', String(update), '--gas-snapshot-check', String(!update)];
const gas = forge('test', '--match-contract', 'GasTest', ...snapshots);
if (gas.status !== 0) console.log(`FAILED gas is as recorded in forge/gas\n${gas.stdout}${gas.stderr}`);

if (update) {
  const folder = join(packageRoot, 'forge/gas');
  for (const file of readdirSync(folder)) appendFileSync(join(folder, file), '\n'); // forge leaves it out
  await import('./gas-table.mjs');
}

const failed = failures.length + (gas.status === 0 ? 0 : 1);
console.log(`${results.length + 1 - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

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
