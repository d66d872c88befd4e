import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { fixture } from './fixtures.js';

const LIST_MODULES = fileURLToPath(new URL('./list-modules.js', import.meta.url));

/** URLs of all modules that a fresh process loads when it boots on a host with these plugins, and uses what is named. */
export async function modulesLoadedBy(
  plugins: readonly string[],
  use: 'boot' | 'provisioner',
): Promise<string[]> {
  const host = await makeHostRoot({ plugins: plugins.map(fixture) });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [LIST_MODULES, use], {
      env: { ...process.env, BLOCKHOST_ROOT: host.root },
      timeout: 20_000,
    });
    return JSON.parse(stdout) as string[];
  } finally {
    await host.dispose();
  }
}
