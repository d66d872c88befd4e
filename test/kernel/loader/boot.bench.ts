/**
 * What booting the kernel costs above bare Node, in processes of their own: `node test/dist/kernel/loader/boot.bench.js`.
 * Budget (quality.md 3): 10 plugins within 100 ms above bare Node on 2 cores.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { fixture } from './fixtures.js';

const KERNEL = fileURLToPath(import.meta.resolve('@blockhost/kernel'));
const ROUNDS = 15;

const folder = await mkdtemp(join(tmpdir(), 'blockhost-bench-'));
const plugins = [fixture('healthy')];
for (let number = 1; number < 10; number += 1) plugins.push(await copyOf('undoes', `extension-${number}`));
const host = await makeHostRoot({ plugins });
try {
  const programs: Readonly<Record<string, string>> = {
    'bare node': '0',
    'kernel imported': `await import(${JSON.stringify(KERNEL)})`,
    'booted, 10 plugins': `const { boot } = await import(${JSON.stringify(KERNEL)});
      await boot({ process: 'bench' })`,
    'booted, one port in use': `const { boot, PROVISIONER } = await import(${JSON.stringify(KERNEL)});
      const kernel = await boot({ process: 'bench' });
      await kernel.get(PROVISIONER);
      await kernel.stop()`,
  };
  let bare: number | undefined;
  for (const [name, program] of Object.entries(programs)) {
    const ms = median(program);
    bare ??= ms;
    console.log(
      `${name.padEnd(26)}${ms.toFixed(1).padStart(8)} ms${(ms - bare).toFixed(1).padStart(8)} ms above`,
    );
  }
} finally {
  await host.dispose();
  await rm(folder, { recursive: true });
}

async function copyOf(name: string, renamed: string): Promise<string> {
  const copy = join(folder, renamed);
  await cp(fixture(name), copy, { recursive: true });
  const file = join(copy, 'plugin.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, JSON.stringify({ ...manifest, name: renamed, provides: [] }));
  return copy;
}

/** Wall clock of a whole process, in milliseconds. */
function median(program: string): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, BLOCKHOST_ROOT: host.root },
    });
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}
