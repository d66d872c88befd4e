import { actionParameters, type Exec, type RootAction } from '@blockhost/kernel';
import { isOff, requireOwnDomain } from './domain.js';
import { pinNeighbours } from './neighbours.js';
import { DOMAIN, UUID } from './parameters.js';
import { hasDisk } from './remove-seed.js';
import { mustVirsh } from './virsh.js';
import { checkRootFile, vmFiles } from './vm-files.js';

const PARAMETERS = actionParameters({ name: DOMAIN, uuid: UUID });
const resource = ({ name }: Readonly<Record<string, unknown>>) => `vm:${name}`;

/** Powers on, or lets run on what is paused; running is success. Answers whether it was off. */
export const virshStart: RootAction = {
  name: 'virsh-start',
  parameters: PARAMETERS,
  timeoutMs: 120_000,
  resource,
  async run(params, context) {
    const { name, uuid } = domainOf(params);
    const state = await requireOwnDomain(context.exec, name, uuid);
    // By a person, or by QEMU when the disk was full.
    if (state === 'paused') await mustVirsh(context.exec, ['resume', uuid]);
    const wasOff = isOff(state);
    if (wasOff) {
      const { disk, seed } = await vmFiles(context, name);
      // The first boot takes the seed away.
      const isSeeded = await hasDisk(context.exec, uuid, seed, ['--inactive']);
      for (const file of isSeeded ? [disk, seed] : [disk]) await checkRootFile(file);
      await mustVirsh(context.exec, ['start', uuid], { timeoutMs: 110_000 });
    }
    // After the port is there: a bridge that takes another MAC for it forgets all of them.
    await pinNeighbours(context.exec, uuid);
    return { started: wasOff };
  },
};

/** Presses the power button, and does not wait for what the guest does; off is success. */
export const virshShutdown: RootAction = {
  name: 'virsh-shutdown',
  parameters: PARAMETERS,
  timeoutMs: 30_000,
  resource,
  async run(params, context) {
    const domain = domainOf(params);
    const isDone = (state: string) => state !== 'running';
    return bringDown(context, domain, isDone, ['shutdown', domain.uuid, '--mode', 'acpi'], 20_000);
  },
};

/** Powers off at once, from whatever state; off is success. */
export const virshDestroy: RootAction = {
  name: 'virsh-destroy',
  parameters: PARAMETERS,
  timeoutMs: 60_000,
  resource,
  async run(params, context) {
    const domain = domainOf(params);
    return bringDown(context, domain, isOff, ['destroy', domain.uuid], 50_000);
  },
};

function domainOf(params: Readonly<Record<string, unknown>>) {
  return { name: String(params.name), uuid: String(params.uuid) };
}

/** A guest can power itself off at any moment: a failure counts only while the state is still not good. */
async function bringDown(
  { exec }: { readonly exec: Exec },
  { name, uuid }: ReturnType<typeof domainOf>,
  isGood: (state: string) => boolean,
  argv: readonly string[],
  timeoutMs: number,
): Promise<Record<string, never>> {
  if (isGood(await requireOwnDomain(exec, name, uuid))) return {};
  try {
    await mustVirsh(exec, argv, { timeoutMs });
  } catch (error) {
    if (!isGood(await requireOwnDomain(exec, name, uuid))) throw error;
  }
  return {};
}
