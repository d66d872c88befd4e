import { resolve } from 'node:path';
import { CONFIG, LOGGER, PATHS, writeFileAtomic } from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { exportVms } from '../../state/export-vms.js';
import { handOver } from '../../state/hand-over.js';
import { openRecords } from '../../state/records.js';
import { vmsFile } from '../../state/vms-file.js';

export default class StateExport extends BlockhostCommand {
  static override summary = 'Print the records of this host’s VMs as vms.json';
  static override description =
    'Records, addresses, reserved credentials and running orders, in the form that earlier programs read. With --hand-over ' +
    'the file of db.yaml (db_file) leads from then on, and the database follows it: for a host whose provisioner writes ' +
    'that file. Stop the daemons of the host first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --output vms.json',
    '<%= config.bin %> <%= command.id %> --hand-over',
  ];
  static override flags = {
    output: Flags.string({ summary: 'file to write instead of printing' }),
    'hand-over': Flags.boolean({ summary: 'let the file lead from now on', exclusive: ['output'] }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StateExport);
    const [database, config, paths, log] = await Promise.all([
      this.get(DATABASE),
      this.get(CONFIG),
      this.get(PATHS),
      this.get(LOGGER),
    ]);
    if (flags['hand-over']) {
      const file = await vmsFile(config, paths);
      await handOver(database, file);
      this.result(null, `${file} leads from now on`);
      return;
    }
    await (await openRecords(database, config, paths, log)).catchUp();
    const text = JSON.stringify(await database.transaction((tx) => exportVms(tx, null)), null, 2);
    if (flags.output === undefined) this.result(null, text);
    else await writeFileAtomic(resolve(flags.output), `${text}\n`, 0o640);
  }
}
