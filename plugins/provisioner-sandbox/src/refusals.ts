import { BlockhostError, isBlockhostError, provisionerRefusals } from '@blockhost/kernel';

/** The errors of the verbs, in the words of the port. */
export const refusals = {
  ...provisionerRefusals,

  unreachable: (name: string, reason: string) =>
    new BlockhostError('provisioner.unreachable', `The folder of all VMs does not answer for ${name}.`, {
      cause: new Error(reason),
      remedy: 'Nothing was changed; mount the folder or mend its permissions, then try again.',
      facts: { name },
    }),

  storageFailed: (folder: string, cause: unknown) =>
    isBlockhostError(cause)
      ? cause
      : new BlockhostError('provisioner.storage-failed', `The files of the VM cannot be made in ${folder}.`, {
          cause,
          remedy:
            'Check free space and permissions there, and that the base image is whole; then order again.',
        }),

  noAddresses: (name: string) =>
    new BlockhostError('provisioner.invalid-spec', 'The sandbox does not choose addresses itself.', {
      remedy: 'Reserve an address of the range in db.yaml and pass it.',
      facts: { name },
    }),

  commandTooLong: (bytes: number, limit: number) =>
    new BlockhostError('provisioner.invalid-command', 'The command for the guest is too long.', {
      facts: { bytes, limit },
      remedy: 'Write it into a file of the guest first and run that.',
    }),

  guestFailed: (name: string, code: string, problem: string) =>
    new BlockhostError(code, `The guest of ${name} did not do as asked: ${problem}.`, {
      facts: { name },
      remedy: 'Look at its console, correct the request and try again.',
    }),
};
