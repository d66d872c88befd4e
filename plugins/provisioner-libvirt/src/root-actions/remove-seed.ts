import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { actionParameters, type Exec, type RootAction } from '@blockhost/kernel';
import { isOff, requireOwnDomain } from './domain.js';
import { DOMAIN, UUID } from './parameters.js';
import { mustVirsh } from './virsh.js';
import { vmFiles } from './vm-files.js';

/** How long a guest may take to let go of a disk. */
const UNPLUG_MS = 10_000;

/**
 * Takes the seed away from a VM and removes it: it has the secret of the login, and no guest needs it twice. First from the
 * definition, so that the next start does without; then from the guest that runs, if it lets go; then the file.
 */
export const virshRemoveSeed: RootAction = {
  name: 'virsh-remove-seed',
  parameters: actionParameters({ name: DOMAIN, uuid: UUID }),
  timeoutMs: 60_000,
  resource: ({ name }) => `vm:${name}`,
  async run(params, context) {
    const [name, uuid] = [String(params.name), String(params.uuid)];
    const { exec } = context;
    const state = await requireOwnDomain(exec, name, uuid);
    const { seed } = await vmFiles(context, name);
    if (await hasDisk(exec, uuid, seed, ['--inactive']))
      await mustVirsh(exec, ['detach-disk', uuid, seed, '--config']);
    if (!isOff(state) && (await hasDisk(exec, uuid, seed)))
      await mustVirsh(exec, ['detach-disk', uuid, seed, '--live']);
    const deadline = Date.now() + UNPLUG_MS;
    let isAttached = !isOff(state);
    while (isAttached && Date.now() < deadline) {
      isAttached = await hasDisk(exec, uuid, seed);
      if (isAttached) await delay(100);
    }
    await rm(seed, { force: true });
    return { detached: !isAttached };
  },
};

/** Whether the VM has the disk of that file, now or (`--inactive`) from its next start on. */
export async function hasDisk(
  exec: Exec,
  uuid: string,
  path: string,
  options: readonly string[] = [],
): Promise<boolean> {
  const lines = (await mustVirsh(exec, ['domblklist', uuid, ...options])).split('\n');
  return lines.some((line) => line.trim().split(/\s+/).slice(1).join(' ') === path);
}
