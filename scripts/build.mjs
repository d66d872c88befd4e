// Builds everything that is out of date: generated sources, contracts, TypeScript, command manifests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = join(root, 'node_modules/node/bin/node');

/** Each step is incremental by itself: it returns at once when its outputs are newer than its inputs. */
const steps = [
  ['manifest types and validators', 'kernel/scripts/generate.mjs'],
  ['contracts', 'contracts/evm/scripts/build.mjs'],
  ['TypeScript', 'node_modules/typescript/bin/tsc', '-b'],
  ['validators of host files', 'kernel/scripts/host-file-validators.mjs'],
  ['command manifests', 'kernel/scripts/command-manifests.mjs'],
];

for (const [what, script, ...args] of steps) {
  if (!existsSync(join(root, script))) throw new Error(`The build step "${what}" is missing: ${script}`);
  const { status } = spawnSync(node, [script, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    console.error(`build: ${what} failed`);
    process.exit(status ?? 1);
  }
}
