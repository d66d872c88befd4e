import { BlockhostError } from '../errors/blockhost-error.js';

/** Refusals that mean the same whatever the hypervisor is, in the codes of the port `provisioner`. */
export const provisionerRefusals = {
  noSuchVm: (name: string) =>
    new BlockhostError('provisioner.no-such-vm', `There is no VM ${name}.`, {
      remedy: 'List the VMs to see the names that exist.',
      facts: { name },
      exitCode: 3,
    }),

  nameTaken: (name: string) =>
    new BlockhostError('provisioner.name-taken', `The name ${name} belongs to another VM or order.`, {
      remedy: 'Choose another name, or destroy that VM first.',
      facts: { name },
    }),

  unknownState: (name: string, reason: string) =>
    new BlockhostError('provisioner.unknown-state', `The state of ${name} is not known.`, {
      cause: new Error(reason),
      remedy: 'Nothing was changed; remove the reason and try again.',
      facts: { name },
    }),

  stillRunning: (name: string, timeoutMs: number) =>
    new BlockhostError('provisioner.still-running', `${name} did not shut down within ${timeoutMs} ms.`, {
      remedy: 'Give the guest more time, or kill the VM.',
      facts: { name },
      exitCode: 6,
    }),
};
