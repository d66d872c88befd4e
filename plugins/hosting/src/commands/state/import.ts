import { resolve } from 'node:path';
import { BlockhostError } from '@blockhost/kernel';
import { Args, BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { type Imported, importVms } from '../../state/import-vms.js';
import { readVmsFile } from '../../state/mirror-vms.js';

export default class StateImport extends BlockhostCommand {
  static override summary = 'Take the records of VMs over from a vms.json';
  static override description =
    'Into a host that has none, all of it or nothing. Stop every program that writes the file first. Addresses that it ' +
    'calls allocated without telling to what VM stay out of use.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> /var/lib/blockhost/vms.json --dry-run',
    '<%= config.bin %> <%= command.id %> /var/lib/blockhost/vms.json',
  ];
  static override args = { file: Args.string({ name: 'FILE', description: 'the vms.json', required: true }) };
  static override flags = { 'dry-run': Flags.boolean({ summary: 'only check it, against this host too' }) };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StateImport);
    const path = resolve(args.file);
    const file = await readVmsFile(path);
    if (file === null)
      throw new BlockhostError('state.no-file', `There is no file ${path}.`, {
        remedy: 'Name the vms.json to be taken over.',
        exitCode: 2,
      });
    const database = await this.get(DATABASE);
    const dryRun = flags['dry-run'];
    const preserve = Symbol('dry run');
    let imported: Imported | undefined;
    await database
      .transaction(async (tx) => {
        imported = await importVms(tx, file, path);
        if (dryRun) throw preserve;
      })
      .catch((error: unknown) => {
        if (error !== preserve) throw error;
      });
    if (!imported) return;
    const { vms, destroyed, orders, tokens } = imported;
    this.result(
      { dryRun, ...imported },
      `${dryRun ? 'to be imported' : 'imported'}: ${vms} VMs, ${destroyed} destroyed, ${orders} orders, ${tokens} credentials`,
    );
  }
}
