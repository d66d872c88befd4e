import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const KERNEL = fileURLToPath(import.meta.resolve('@blockhost/kernel'));

describe('module trust', () => {
  it('refuses a module that a trusted module imports, with the reason', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-trust-'));
    try {
      await mkdir(join(folder, 'deep'));
      await writeFile(join(folder, 'deep/writable.mjs'), 'export const value = 1;\n');
      await writeFile(join(folder, 'good.mjs'), "export * from './deep/writable.mjs';\n");
      await chmod(join(folder, 'deep'), 0o777);
      const guard = new URL('./loader/refuse-untrusted-modules.js', `file://${KERNEL}`).href;
      await writeFile(
        join(folder, 'main.mjs'),
        `import { statSync } from 'node:fs';
         import { dirname } from 'node:path';
         const { refuseUntrustedModules } = await import(${JSON.stringify(guard)});
         const lift = refuseUntrustedModules((path) =>
           (statSync(dirname(path)).mode & 0o002) !== 0 ? dirname(path) + ' is writable.' : null);
         await import('./good.mjs').catch((error) => console.log(error.code, error.sentence));
         lift();
         console.log((await import('./good.mjs?again')).value);`,
      );
      const child = spawn(process.execPath, [join(folder, 'main.mjs')], { timeout: 20_000 });
      const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
      expect(said.trim().split('\n')).to.deep.equal([
        `entry.untrusted root does not run ${folder}/deep/writable.mjs: ${folder}/deep is writable.`,
        '1',
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
