// Prints which branches of the deployed sources the forge tests take, and fails below the wanted share.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forge } from './forge.mjs';

const WANTED_PERCENT = 98;

const perFile = readBranches(measure());
const rows = [...perFile].sort(([a], [b]) => a.localeCompare(b));
const sum = { taken: 0, all: 0 };
for (const [file, { taken, all, missed }] of rows) {
  sum.taken += taken;
  sum.all += all;
  console.log(`${file.padEnd(60)} ${figures(taken, all)}`);
  for (const line of missed) console.log(`  not taken: a branch at ${file}:${line}`);
}
console.log(`${'all'.padEnd(60)} ${figures(sum.taken, sum.all)}, wanted ${WANTED_PERCENT} %`);
process.exitCode = sum.all > 0 && percent(sum.taken, sum.all) >= WANTED_PERCENT ? 0 : 1;

/** The LCOV report of a run of the tests; without those that measure gas, of optimized code. */
function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'blockhost-coverage-'));
  try {
    const report = join(folder, 'lcov.info');
    const output = ['--report', 'lcov', '--report-file', report];
    const run = forge('coverage', '--no-match-contract', 'GasTest|GrowthTest', ...output);
    if (run.status !== 0) {
      console.error(run.stdout.replace(/^\[PASS\].*\n/gm, ''), run.stderr);
      throw new Error('forge coverage failed');
    }
    return readFileSync(report, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Branches by source file. LCOV: `SF:file`, then `BRDA:line,block,branch,taken` with `-` for never. */
function readBranches(lcov) {
  const files = new Map();
  let current;
  for (const line of lcov.split('\n')) {
    if (line.startsWith('SF:')) {
      const file = line.slice(3);
      current = { taken: 0, all: 0, missed: [] };
      if (/^contracts\/evm\/src\/(?!testing\/)/.test(file)) files.set(file, current);
    } else if (line.startsWith('BRDA:')) {
      const [lineNumber, , , taken] = line.slice(5).split(',');
      current.all += 1;
      if (Number(taken) > 0) current.taken += 1;
      else current.missed.push(lineNumber);
    }
  }
  return files;
}

function figures(taken, all) {
  return `${String(taken).padStart(3)} of ${String(all).padStart(3)} branches, ${percent(taken, all).toFixed(1)} %`;
}

function percent(taken, all) {
  return all === 0 ? 100 : (100 * taken) / all;
}
