import type { RootAction, RootActionContext } from '@blockhost/kernel';
import { isOff, requireOwnDomain } from './domain.js';
import { DOMAIN, parameters, UUID } from './parameters.js';
import { mustVirsh } from './virsh.js';
import { checkRootFile, vmFiles } from './vm-files.js';

const PARAMETERS = parameters({ name: DOMAIN, uuid: UUID });
const resource = ({ name }: Readonly<Record<string, unknown>>) => `vm:${name}`;

/** Powers on; not off is success. */
export const virshStart: RootAction = {
  name: 'virsh-start',
  parameters: PARAMETERS,
  timeoutMs: 120_000,
  resource,
  async run(params, context) {
    const { name, uuid, state } = await found(params, context);
    if (!isOff(state)) return {};
    const { disk, seed } = await vmFiles(context, name);
    for (const file of [disk, seed]) await checkRootFile(file);
    await mustVirsh(context.exec, ['start', uuid], { timeoutMs: 110_000 });
    return {};
  },
};

/** Presses the power button, and does not wait for what the guest does; off is success. */
export const virshShutdown: RootAction = {
  name: 'virsh-shutdown',
  parameters: PARAMETERS,
  timeoutMs: 30_000,
  resource,
  async run(params, context) {
    const { uuid, state } = await found(params, context);
    if (state === 'running') await mustVirsh(context.exec, ['shutdown', uuid, '--mode', 'acpi']);
    return {};
  },
};

/** Powers off at once, from whatever state; off is success. */
export const virshDestroy: RootAction = {
  name: 'virsh-destroy',
  parameters: PARAMETERS,
  timeoutMs: 60_000,
  resource,
  async run(params, context) {
    const { uuid, state } = await found(params, context);
    if (!isOff(state)) await mustVirsh(context.exec, ['destroy', uuid], { timeoutMs: 50_000 });
    return {};
  },
};

async function found(params: Readonly<Record<string, unknown>>, { exec }: RootActionContext) {
  const [name, uuid] = [String(params.name), String(params.uuid)];
  return { name, uuid, state: await requireOwnDomain(exec, name, uuid) };
}
