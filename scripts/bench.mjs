// Runs every benchmark, or those whose path holds one of the given words, one after the other. Prints one table at the end
// and writes it as JSON to test/bench/results.json. Nothing is asserted: a budget that is missed is a row that says so.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node/bin/node');
const words = process.argv.slice(2);
const files = globSync(
  ['kernel/dist/**/*.bench.js', 'plugins/*/dist/**/*.bench.js', 'test/dist/**/*.bench.js'],
  { cwd: root },
).filter((file) => words.length === 0 || words.some((word) => file.includes(word)));

const folder = mkdtempSync(join(tmpdir(), 'blockhost-measurements-'));
const rows = join(folder, 'rows');
writeFileSync(rows, '');
let failed = 0;
for (const file of files.sort()) {
  console.log(`\n== ${file.replace('dist/', '').replace('.bench.js', '')}`);
  const { status } = spawnSync(node, ['--expose-gc', file], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, BLOCKHOST_MEASUREMENTS: rows },
  });
  if (status !== 0) failed += 1;
}
const measurements = readFileSync(rows, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line));
rmSync(folder, { recursive: true });

const number = (value) => (Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0));

/** Bound in words, and whether the figure keeps to it. */
function judge({ value, unit, reference, budget = {} }) {
  const { atMost, atLeast, aboveReference, ofReference } = budget;
  if (atMost !== undefined) return { bound: `≤ ${atMost} ${unit}`, kept: value <= atMost };
  if (atLeast !== undefined) return { bound: `≥ ${atLeast} ${unit}`, kept: value >= atLeast };
  if (aboveReference !== undefined)
    return { bound: `≤ ${aboveReference} ${unit} above`, kept: value - reference.value <= aboveReference };
  if (ofReference !== undefined)
    return { bound: `≥ ${ofReference * 100} % of it`, kept: value >= ofReference * reference.value };
  return { bound: '', kept: null };
}

const table = [
  ['what', 'measured', 'reference', 'above', 'ratio', 'budget', ''],
  ...measurements.map((measurement) => {
    const { what, value, unit, reference } = measurement;
    const { bound, kept } = judge(measurement);
    return [
      what,
      `${number(value)} ${unit}`,
      reference ? `${reference.what} ${number(reference.value)}` : '',
      reference ? number(value - reference.value) : '',
      reference ? (value / reference.value).toFixed(2) : '',
      bound,
      kept === null ? '' : kept ? 'kept' : 'MISSED',
    ];
  }),
];
const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
console.log(
  `\n${table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')}\n`,
);

const results = join(root, 'test/bench/results.json');
mkdirSync(dirname(results), { recursive: true });
const machine = { processor: cpus()[0]?.model, cores: cpus().length, node: process.version };
writeFileSync(
  results,
  `${JSON.stringify({ at: new Date().toISOString(), machine, measurements: measurements.map((each) => ({ ...each, kept: judge(each).kept })) }, null, 2)}\n`,
);
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
