import { BlockhostError } from '@blockhost/kernel';

export function noSuchVm(name: string): BlockhostError {
  return new BlockhostError('provisioner.no-such-vm', `There is no VM ${name}.`, {
    remedy: 'List the VMs to see the names that exist.',
    facts: { name },
    exitCode: 3,
  });
}
