import { VM_STORE } from '@blockhost/kernel';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbMarkNftFailed extends VmdbCommand {
  static override summary = 'Record that the credential reserved for a VM was not minted';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override args = { name: vmArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbMarkNftFailed);
    await (await this.get(VM_STORE)).markTokenFailed(args.name);
    await this.answer(args.name);
  }
}
