import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Provisioner, resolvePaths } from '@blockhost/kernel';
import { aVmSpec, type ProvisionerSubject } from '@blockhost/kernel/testing';
import DemoCloud from './service.js';

interface Subject extends ProvisionerSubject {
  readonly root: string;
}

/** What the conformance suite tries: `npm test` runs it, and `blockhost plugins check`. */
export default {
  port: 'provisioner',

  async setup(): Promise<Subject> {
    const root = await mkdtemp(join(tmpdir(), 'demo-cloud-'));
    return {
      root,
      provisioner: await open(root),
      spec: () => aVmSpec(),
      breakBackend: () => breakCloud(root),
      otherProcess: { module: import.meta.url, argument: root },
    };
  },

  async teardown({ root }: Subject): Promise<void> {
    await rm(root, { recursive: true, force: true });
  },
};

/** The same cloud from another process: the suite kills it in the middle of its work. */
export async function open(root: string): Promise<Provisioner & DemoCloud> {
  return new DemoCloud(resolvePaths({ BLOCKHOST_ROOT: root }));
}

/** A file where the folder of the machines should be: the cloud cannot say what it has. */
async function breakCloud(root: string): Promise<() => Promise<void>> {
  const folder = join(resolvePaths({ BLOCKHOST_ROOT: root }).state, 'demo-cloud');
  await rename(folder, `${folder}.away`);
  await writeFile(folder, '');
  return async () => {
    await rm(folder);
    await rename(`${folder}.away`, folder);
  };
}
