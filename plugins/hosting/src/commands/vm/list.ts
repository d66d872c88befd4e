import { absent, type PowerState, type Presence, present } from '@blockhost/kernel';
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
    const rows = records.map((vm) => ({
      name: vm.name,
      status: stateWord(vm, powerOf(vm.name)),
      ip: vm.ipv4 ?? '',
      created: vm.createdAt.slice(0, 10),
      ipv6: vm.ipv6 ?? '',
      vmid: vm.backendRef,
      expires_at: vm.expiresAt,
      owner: vm.ownerWallet,
      fqdn: vm.fqdn,
      plan_id: vm.planId,
      nft_token_id: vm.nftTokenId,
      username: vm.username,
      port: vm.loginPort,
    }));
    const lines = rows.map(({ name, status, ip, created }) => [name, status, ip, created].join('\t'));
    this.result(rows, ['NAME\tSTATUS\tIP\tCREATED', ...lines]);
  }
}
