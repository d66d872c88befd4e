// Tests the tests: every mutant of the sources must make one of them fail.
//   mutate.mjs                    all mutants
//   mutate.mjs --sample 20        so many of them, evenly spread, always the same ones of the same sources
//   mutate.mjs src/Pricing.sol    those of the named files
// Mutants that behave as the original does are listed in forge/equivalent-mutants.json, with the reason.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutants.mjs';
import { mutationBench } from './mutation-bench.mjs';
import { packageRoot, readSources } from './solidity.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string' } },
});

const sources = new Map(
  [...readSources()].filter(
    ([file]) => !file.startsWith('src/testing/') && (positionals.length === 0 || positionals.includes(file)),
  ),
);
const listed = JSON.parse(readFileSync(join(packageRoot, 'forge/equivalent-mutants.json'), 'utf8')).filter(
  ({ file }) => sources.has(file),
);
const keyOf = ({ file, code, change }) => `${file}: ${change}: ${code}`;
const reasons = new Map(listed.map((entry) => [keyOf(entry), entry.reason]));

const mutants = [...sources].flatMap(([file, text]) =>
  mutantsOf(text).map((mutant) => ({ file, ...mutant })),
);
const known = new Set(mutants.map(keyOf));
const unknown = [...reasons.keys()].filter((key) => !known.has(key));
for (const key of unknown) console.log(`listed as equivalent, but no mutant: ${key}`);

const candidates = mutants.filter((mutant) => !reasons.has(keyOf(mutant)));
const queue = values.sample ? spread(candidates, Number(values.sample)) : candidates;
const equivalent = mutants.length - candidates.length;

// So that an interrupted run takes its copies away.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const started = Date.now();
const count = { killed: 0, survived: 0, invalid: 0 };
let next = 0;
await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, work));

const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(`${count.invalid} more do not compile, ${equivalent} more are equivalent; ${seconds} s`);
console.log(`${count.killed + count.survived} mutants, ${count.killed} killed`);
process.exitCode = count.survived === 0 && count.killed > 0 && unknown.length === 0 ? 0 : 1;

async function work() {
  const bench = mutationBench();
  try {
    while (next < queue.length) {
      const mutant = queue[next++];
      const verdict = await bench.check(mutant.file, mutant.text, sources.get(mutant.file));
      count[verdict] += 1;
      if (verdict === 'survived') {
        console.log(`SURVIVED ${mutant.file}:${mutant.line}: ${mutant.change}: ${mutant.code}`);
      }
    }
  } finally {
    bench.remove();
  }
}

function spread(all, wanted) {
  const size = Math.min(wanted, all.length);
  return Array.from({ length: size }, (_, index) => all[Math.floor(((index + 0.5) * all.length) / size)]);
}
