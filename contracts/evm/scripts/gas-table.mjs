// Writes the gas recorded in forge/gas into the README; with --check it compares instead, and looks for calls
// that nobody has measured.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageRoot } from './solidity.mjs';

const START = '<!-- gas: written by scripts/gas-table.mjs -->';
const END = '<!-- end of gas -->';

const readJson = (...path) => JSON.parse(readFileSync(join(packageRoot, ...path), 'utf8'));
const contracts = readdirSync(join(packageRoot, 'forge/gas'))
  .sort()
  .map((file) => ({ name: basename(file, '.json'), gas: readJson('forge/gas', file) }));

const readme = join(packageRoot, 'README.md');
const text = readFileSync(readme, 'utf8');
const [start, end] = [text.indexOf(START), text.indexOf(END)];
if (start < 0 || end < start) throw new Error(`README.md has no place between "${START}" and "${END}"`);
const current = `${text.slice(0, start + START.length)}\n\n${table()}\n${text.slice(end)}`;

if (process.argv.includes('--check')) {
  const problems = contracts.flatMap(({ name, gas }) =>
    unmeasured(name, gas).map((call) => `nobody has measured ${name}.${call}`),
  );
  if (current !== text) problems.push('the gas table of README.md is not that of forge/gas');
  for (const problem of problems) console.log(`FAILED ${problem}`);
  console.log(`${problems.length === 0 ? 1 : 0} passed, ${problems.length} failed`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  writeFileSync(readme, current);
}

/** With columns of even width, as the formatter wants them. */
function table() {
  const rows = contracts.flatMap(({ name, gas }) =>
    Object.entries(gas).map(([call, units]) => [`\`${name}\``, call, Number(units).toLocaleString('en')]),
  );
  const head = ['Contract', 'Call', 'Gas'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const [name, call, gas] = widths;
  const line = (row) => `| ${row[0].padEnd(name)} | ${row[1].padEnd(call)} | ${row[2].padStart(gas)} |`;
  const rule = line(['-'.repeat(name), '-'.repeat(call), `${'-'.repeat(gas - 1)}:`]);
  return [line(head), rule, ...rows.map(line), ''].join('\n');
}

/** Functions that change state and have no figure. */
function unmeasured(name, gas) {
  const measured = new Set(Object.keys(gas).map((call) => /^\w+/.exec(call)?.[0]));
  return readJson('artifacts', `${name}.json`)
    .abi.filter(({ type, stateMutability }) => type === 'function' && stateMutability === 'nonpayable')
    .map((item) => item.name)
    .filter((call) => !measured.has(call));
}
