// Runs every benchmark, one after the other; they print tables and assert nothing.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const files = globSync(
  ['kernel/dist/**/*.bench.js', 'plugins/*/dist/**/*.bench.js', 'test/dist/**/*.bench.js'],
  { cwd: root },
);

let failed = 0;
for (const file of files.sort()) {
  console.log(`\n== ${file}`);
  const { status } = spawnSync(join(root, 'node_modules/node/bin/node'), [file], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) failed += 1;
}
console.log(`${files.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
