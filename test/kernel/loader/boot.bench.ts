/**
 * What booting the kernel costs above bare Node, in processes of their own: `node test/dist/kernel/loader/boot.bench.js`.
 * Budget (quality.md 3): 10 plugins within 100 ms above bare Node on 2 cores.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Argv, makeHostRoot, reportMeasurement, timeProcesses } from '@blockhost/kernel/testing';
import { fixture } from './fixtures.js';

const KERNEL = fileURLToPath(import.meta.resolve('@blockhost/kernel'));

const folder = await mkdtemp(join(tmpdir(), 'blockhost-bench-'));
const plugins = [fixture('healthy')];
for (let number = 1; number < 10; number += 1) plugins.push(await copyOf('undoes', `extension-${number}`));
const host = await makeHostRoot({ plugins });
try {
  const program = (code: string): Argv => [process.execPath, '--input-type=module', '-e', code];
  const { bare, ...programs } = timeProcesses(
    {
      bare: program('0'),
      imported: program(`await import(${JSON.stringify(KERNEL)})`),
      'booted, 10 plugins': program(`const { boot } = await import(${JSON.stringify(KERNEL)});
        await boot({ process: 'bench' })`),
      'booted, one port in use':
        program(`const { boot, PROVISIONER } = await import(${JSON.stringify(KERNEL)});
        const kernel = await boot({ process: 'bench' });
        await kernel.get(PROVISIONER);
        await kernel.stop()`),
    },
    { env: { BLOCKHOST_ROOT: host.root } },
  );
  for (const [name, ms] of Object.entries(programs))
    reportMeasurement({
      what: `kernel ${name}`,
      value: ms,
      unit: 'ms',
      reference: { what: 'bare node', value: bare },
      budget: { aboveReference: 100 },
    });
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
