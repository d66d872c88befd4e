import { VM_STORE } from '@blockhost/kernel';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbMarkActive extends VmdbCommand {
  static override summary = 'Record that a suspended VM runs again';
  static override examples = ['<%= config.bin %> <%= command.id %> shop-1'];
  static override args = { name: vmArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbMarkActive);
    const vms = await this.get(VM_STORE);
    if ((await vms.get(args.name))?.status !== 'active') await vms.activate(args.name);
    await this.answer(args.name);
  }
}
