import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbGetVm extends VmdbCommand {
  static override summary = 'Print the record of a VM as JSON';
  static override description = 'In the words of vms.json. Ends with 1 when there is none.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override args = { name: vmArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbGetVm);
    await this.answer(args.name);
  }
}
