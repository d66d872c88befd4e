import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { actionParameters, failpoint, type RootAction } from '@blockhost/kernel';
import { inBaseTurn } from './base-turn.js';
import { DOMAIN } from './parameters.js';
import { usedBases } from './used-bases.js';
import { templateFolder } from './vm-files.js';

const FILE = /^(blockhost-base-[0-9a-f]{12})\.(qcow2|kernel|initrd)$/;

/**
 * Removes base images that no disk stands on, but never the one for new VMs; without `execute` it only answers which. `vms`
 * are the VMs that must have a disk here: one whose disk is out of sight keeps every base image.
 */
export const templatePrune: RootAction = {
  name: 'template-prune',
  parameters: actionParameters({
    execute: { type: 'boolean' },
    vms: { type: 'array', maxItems: 100_000, items: DOMAIN },
  }),
  timeoutMs: 600_000,
  resource: () => 'template',
  async run({ execute, vms }, context) {
    const folder = await templateFolder(context.paths);
    return inBaseTurn(async () => {
      const files = await readdir(folder);
      const bases = new Set(files.flatMap((file) => FILE.exec(file)?.[1] ?? []));
      bases.delete(await currentBase(folder));
      if (bases.size === 0) return { unused: [] };
      const used = await usedBases(folder, vms as readonly string[], context);
      const unused = [...bases].filter((name) => !used.has(name)).sort();
      // The disk first: a base image with a disk is whole.
      for (const name of execute === true ? unused : [])
        for (const ending of ['qcow2', 'kernel', 'initrd']) {
          failpoint('template-prune.remove:before');
          await rm(join(folder, `${name}.${ending}`), { force: true });
          failpoint('template-prune.remove:after');
        }
      return { unused };
    });
  },
};

/** The one that new VMs stand on, or an empty text before there is one. */
async function currentBase(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'blockhost-base.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    },
  );
  return String((JSON.parse(text) as { readonly name?: unknown }).name ?? '');
}
