import { BlockhostError, provisionerRefusals } from '@blockhost/kernel';

/** What the verbs refuse, in the words and codes of the port. */
export const refusals = {
  ...provisionerRefusals,

  unreachable: (reason: string) =>
    new BlockhostError('provisioner.unreachable', 'libvirt does not answer.', {
      cause: new Error(reason),
      remedy: 'Start it and the root agent: systemctl start libvirtd blockhost-root-agent',
    }),

  hypervisorFailed: (action: string, cause: unknown, sentence: string) =>
    new BlockhostError('provisioner.hypervisor-failed', `${action} failed: ${sentence}`, {
      cause,
      remedy: 'Remove the reason, then try again: virsh -c qemu:///system tells more.',
      facts: { action },
    }),

  bootFailed: (name: string, reason: string) =>
    new BlockhostError('provisioner.boot-failed', `The guest of ${name} did not come up: ${reason}.`, {
      remedy: `Look at its console: virsh -c qemu:///system console ${name}`,
      facts: { name },
    }),

  noAddresses: (name: string) =>
    new BlockhostError('provisioner.invalid-spec', 'libvirt does not choose addresses itself.', {
      remedy: 'Reserve an address of the range in db.yaml and pass it.',
      facts: { name },
    }),

  noVirtualization: () =>
    new BlockhostError('provisioner.no-virtualization', 'This host has no virtualization: no /dev/kvm.', {
      remedy:
        'Enable it in the firmware and load the module kvm, or set libvirt.domain_type in db.yaml to "qemu" (slow).',
    }),

  noBridge: (bridge: string) =>
    new BlockhostError('provisioner.no-bridge', `There is no bridge ${bridge} on this host.`, {
      remedy: 'Bring it up, or correct "bridge" in db.yaml.',
      facts: { bridge },
    }),

  noMemory: (facts: { readonly wantedMb: number; readonly committedMb: number; readonly mostMb: number }) =>
    new BlockhostError('provisioner.no-memory', 'This host has not enough memory for another VM.', {
      remedy: 'Destroy VMs that nobody pays for, add memory, or sell smaller plans.',
      facts,
    }),

  noSpace: (facts: { readonly neededMb: number; readonly freeMb: number }) =>
    new BlockhostError('provisioner.no-space', 'The disk of another VM does not fit on this host.', {
      remedy:
        'Free or add space below storage_path, or set libvirt.overcommit_factor in db.yaml below 1: disks grow as they fill.',
      facts,
    }),

  diskTooSmall: (diskGb: number, templateMb: number) =>
    new BlockhostError('provisioner.invalid-spec', 'The disk is smaller than the base image.', {
      remedy: 'Sell a plan with a larger disk.',
      facts: { diskGb, templateMb },
    }),

  noTemplate: () =>
    new BlockhostError('provisioner.no-template', 'The base image of VMs has not been built.', {
      remedy: 'Run the set-up step "template", or the verb build-template.',
    }),

  templateFailed: (sentence: string, remedy: string) =>
    new BlockhostError('provisioner.template-failed', sentence, { remedy }),

  commandTooLong: (bytes: number, limit: number) =>
    new BlockhostError('provisioner.invalid-command', 'The command for the guest is too long.', {
      facts: { bytes, limit },
      remedy: 'Write it into a file of the guest first and run that.',
    }),

  guestUnreachable: (name: string, cause: unknown) =>
    new BlockhostError('provisioner.guest-unreachable', `The guest of ${name} does not answer.`, {
      cause,
      remedy: 'Start the VM, or wait until its guest agent is up.',
      facts: { name },
    }),

  guestFailed: (name: string, code: string, problem: string) =>
    new BlockhostError(code, `The guest of ${name} did not do as asked: ${problem}.`, {
      facts: { name },
      remedy: 'Look at its console, correct the request and try again.',
    }),
};
