import { actionParameters, type RootAction } from '@blockhost/kernel';
import { checkNoProcess, isOff, ownDomain } from './domain.js';
import { unpinNeighbours } from './neighbours.js';
import { DOMAIN, UUID } from './parameters.js';
import { denied, failed } from './refusal.js';
import { mustVirsh, virsh } from './virsh.js';
import { removeVmFiles, vmFiles } from './vm-files.js';

/**
 * Removes definition, disk and seed of a VM that is off; one that is absent is success, and what it left is removed. Answers
 * only once libvirt knows neither the UUID nor the name and no process of it runs.
 */
export const virshUndefine: RootAction = {
  name: 'virsh-undefine',
  parameters: actionParameters({ name: DOMAIN, uuid: UUID }),
  timeoutMs: 60_000,
  resource: ({ name }) => `vm:${name}`,
  async run(params, context) {
    const [name, uuid] = [String(params.name), String(params.uuid)];
    const { exec } = context;
    const state = await ownDomain(exec, name, uuid);
    if (state !== null) {
      if (!isOff(state)) throw denied(`${name} is not off.`, 'Power it off first.');
      await unpinNeighbours(exec, uuid);
      const also = ['--managed-save', '--snapshots-metadata', '--checkpoints-metadata', '--nvram'];
      await mustVirsh(exec, ['undefine', uuid, ...also], { timeoutMs: 30_000 });
    }
    for (const known of [uuid, name]) {
      const left = await virsh(exec, ['domid', known]);
      if (left.kind === 'failed') throw failed(`It is not known whether ${name} is gone: ${left.reason}.`);
      if (left.kind === 'ok')
        // Its files have the name: they are those of the VM that has it now.
        throw denied(`Another VM is called ${name}.`);
    }
    await checkNoProcess(uuid);
    await removeVmFiles(await vmFiles(context, name));
    return {};
  },
};
