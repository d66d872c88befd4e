import { resolve } from 'node:path';
import { writeFileAtomic } from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { exportVms } from '../../state/export-vms.js';

export default class StateExport extends BlockhostCommand {
  static override summary = 'Print the records of this host’s VMs as vms.json';
  static override description =
    'Records, addresses, reserved credentials and running orders, in the form that earlier programs read.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --output vms.json',
  ];
  static override flags = { output: Flags.string({ summary: 'file to write instead of printing' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(StateExport);
    const database = await this.get(DATABASE);
    const text = JSON.stringify(await database.transaction((tx) => exportVms(tx, null)), null, 2);
    if (flags.output === undefined) this.result(null, text);
    else await writeFileAtomic(resolve(flags.output), `${text}\n`, 0o640);
  }
}
