import { Args } from '@blockhost/kernel/command';
import { refOf, VmCommand } from '../../vms/vm-command.js';
import { isInconsistent, stateWord } from '../../vms/vm-state-word.js';

export default class VmStatus extends VmCommand {
  static override summary = 'Tell the state of a VM in one word';
  static override description = 'Prints active, suspended, destroyed or unknown, and ends with 0 always.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ name: 'NAME', description: 'name of the VM' }) };

  async run(): Promise<void> {
    const { args } = await this.parse(VmStatus);
    if (!args.name) {
      this.result('unknown', 'unknown');
      return;
    }
    const { vms, provisioner } = await this.services();
    const record = await vms.get(args.name);
    const power = await provisioner.status(refOf(args.name, record));
    if (isInconsistent(record, power))
      this.progress(
        `Alarm: the record of ${args.name} is live, but the provisioner says there is no such VM.`,
      );
    const word = stateWord(record, power);
    this.result(word, word === 'creating' ? 'unknown' : word);
  }
}
