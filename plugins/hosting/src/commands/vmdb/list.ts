import { Flags } from '@blockhost/kernel/command';
import { orderToJson } from '../../state/vm-to-json.js';
import { VmdbCommand } from '../../vmdb/vmdb-command.js';
import { selectVms, type VmRow } from '../../vms/vm-row.js';

export default class VmdbList extends VmdbCommand {
  static override summary = 'Print the records of all VMs as JSON';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override flags = { all: Flags.boolean({ summary: 'destroyed VMs as well' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(VmdbList);
    await (await this.records()).catchUp();
    const rows = await selectVms(await this.database())
      .modify((query) => {
        if (!flags.all) query.whereNot('status', 'destroyed');
      })
      .orderBy(['name', 'id']);
    this.json(rows.map((row: VmRow) => ({ ...orderToJson(row), status: row.status })));
  }
}
