import { VM_STORE } from '@blockhost/kernel';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbMarkDestroyed extends VmdbCommand {
  static override summary = 'Record that a VM is gone, and free its addresses';
  static override description =
    'Only when nothing of it is left on the hypervisor: its addresses go to others.';
  static override examples = ['<%= config.bin %> <%= command.id %> shop-1'];
  static override args = { name: vmArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbMarkDestroyed);
    await (await this.get(VM_STORE)).markDestroyed(args.name);
    await this.answer(args.name);
  }
}
