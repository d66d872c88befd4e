import { absent, type PowerState, type Presence, present, type VmRecord } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { VmCommand } from '../../vms/vm-command.js';
import { stateWord } from '../../vms/vm-state-word.js';

export default class VmList extends VmCommand {
  static override summary = 'List the VMs of this host';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    format: Flags.string({ summary: 'the same as --json', options: ['json'] }),
    all: Flags.boolean({ summary: 'destroyed VMs as well' }),
  };

  override jsonEnabled(): boolean {
    return super.jsonEnabled() || this.argv.join(' ').includes('--format');
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(VmList);
    const { vms, provisioner } = await this.services();
    const [records, listing] = await Promise.all([vms.list({ destroyed: flags.all }), provisioner.list()]);
    const powers = new Map(
      listing.kind === 'present' ? listing.value.map(({ name, power }) => [name, power]) : [],
    );
    const powerOf = (name: string): Presence<PowerState> => {
      if (listing.kind !== 'present') return listing;
      const power = powers.get(name);
      return power ? present(power) : absent;
    };
    if (listing.kind === 'unknown') this.progress(`The provisioner does not answer: ${listing.reason}`);
    const stateOf = (vm: VmRecord) => stateWord(vm, powerOf(vm.name));
    // Of a thousand VMs, only what is printed is put together.
    if (this.jsonEnabled())
      this.result(
        records.map((vm) => told(vm, stateOf(vm))),
        [],
      );
    else
      this.result(null, [
        'NAME\tSTATUS\tIP\tCREATED',
        ...records.map((vm) => `${vm.name}\t${stateOf(vm)}\t${vm.ipv4 ?? ''}\t${vm.createdAt.slice(0, 10)}`),
      ]);
  }
}

/** A row of the list (provisioners.md 3.5). */
function told(vm: VmRecord, status: string): Record<string, unknown> {
  return {
    name: vm.name,
    status,
    ip: vm.ipv4 ?? '',
    created: vm.createdAt.slice(0, 10),
    ipv6: vm.ipv6 ?? '',
    vmid: vm.vmid || vm.backendRef,
    expires_at: vm.expiresAt,
    owner: vm.ownerWallet,
    fqdn: vm.fqdn,
    plan_id: vm.planId,
    nft_token_id: vm.nftTokenId,
    username: vm.username,
    port: vm.loginPort,
  };
}
