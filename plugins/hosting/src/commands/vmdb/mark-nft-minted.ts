import { CLOCK } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';
import { markMinted } from '../../vms/credentials.js';
import { requireVm } from '../../vms/find-vm.js';
import { usage } from '../../wallets/usage.js';

export default class VmdbMarkNftMinted extends VmdbCommand {
  static override summary = 'Record that the credential of a VM is on the chain';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001 17'];
  static override args = {
    name: vmArgument,
    id: Args.string({ name: 'ID', description: 'id of the credential', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbMarkNftMinted);
    if (!/^(0|[1-9]\d{0,77})$/.test(args.id))
      throw usage(`"${args.id}" is not the id of a credential, a whole number.`);
    const records = await this.records();
    const now = new Date((await this.get(CLOCK)).now()).toISOString();
    await records.write(async (tx) => {
      const { owner_wallet: ownerWallet } = await requireVm(tx, args.name);
      await markMinted(tx, { vmName: args.name, tokenId: args.id, ownerWallet }, now);
    });
  }
}
