import { type SuspendReason, VM_STORE } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbMarkSuspended extends VmdbCommand {
  static override summary = 'Record that a VM was taken off, and why';
  static override examples = ['<%= config.bin %> <%= command.id %> shop-1 --reason abuse'];
  static override args = { name: vmArgument };
  static override flags = {
    reason: Flags.string({ summary: 'why', options: ['expiry', 'admin', 'abuse'], default: 'expiry' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmdbMarkSuspended);
    await (await this.get(VM_STORE)).suspend(args.name, flags.reason as SuspendReason);
    await this.answer(args.name);
  }
}
