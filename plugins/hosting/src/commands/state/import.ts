import { resolve } from 'node:path';
import { BlockhostError, CONFIG, PATHS } from '@blockhost/kernel';
import { Args, BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { takeBack } from '../../state/hand-over.js';
import { type Imported, importVms } from '../../state/import-vms.js';
import { readVmsFile, vmsFile } from '../../state/vms-file.js';
import { usage } from '../../wallets/usage.js';

export default class StateImport extends BlockhostCommand {
  static override summary = 'Take the records of VMs over from a vms.json';
  static override description =
    'Into a host that has none, all of it or nothing. Stop every program that writes the file first. Addresses that it ' +
    'calls allocated without telling to what VM stay out of use. With --take-back the database leads again where the file ' +
    'did (`state export --hand-over`), with all that the file says.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> /var/lib/blockhost/vms.json --dry-run',
    '<%= config.bin %> <%= command.id %> /var/lib/blockhost/vms.json',
    '<%= config.bin %> <%= command.id %> --take-back',
  ];
  static override args = { file: Args.string({ name: 'FILE', description: 'the vms.json' }) };
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'only check it, against this host too' }),
    'take-back': Flags.boolean({ summary: 'let the database lead again', exclusive: ['dry-run'] }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StateImport);
    const isTakingBack = flags['take-back'] === true;
    if ((args.file === undefined) !== isTakingBack)
      throw usage('Give the file to import, or --take-back.', 'See `blockhost state import --help`.');
    if (args.file === undefined) await this.takeBack();
    else await this.takeOver(resolve(args.file), flags['dry-run']);
  }

  private async takeBack(): Promise<void> {
    const file = await vmsFile(await this.get(CONFIG), await this.get(PATHS));
    await takeBack(await this.get(DATABASE), file);
    this.result({ leads: 'database' }, `the database leads from now on, and no longer ${file}`);
  }

  private async takeOver(path: string, dryRun: boolean): Promise<void> {
    const file = await readVmsFile(path);
    if (file === null)
      throw new BlockhostError('state.no-file', `There is no file ${path}.`, {
        remedy: 'Name the vms.json to be taken over.',
        exitCode: 2,
      });
    const database = await this.get(DATABASE);
    const preserve = Symbol('dry run');
    let imported: Imported | undefined;
    await database
      .transaction(async (tx) => {
        imported = await importVms(tx, file.content, path);
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
