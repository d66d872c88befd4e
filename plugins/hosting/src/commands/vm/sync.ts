import { CLOCK, LOGGER, PATHS } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { incomplete, syncRound } from '../../vms/sync-round.js';
import { syncVms } from '../../vms/sync-vms.js';
import { VmCommand } from '../../vms/vm-command.js';

export default class VmSync extends VmCommand {
  static override summary = 'Bring up the VMs that should run, as after a start of the host';
  static override description =
    'Also puts their limits in force again, and tells of machines without a record and records without a machine. What is ' +
    'suspended, was stopped by a person, or has no paid time left stays off. Exit code 1 when any VM failed. The monitor does the same at its start and every ten minutes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run --json',
  ];
  static override flags = { 'dry-run': Flags.boolean({ summary: 'only say what would be' }) };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(VmSync);
    const dryRun = flags['dry-run'];
    const host = {
      ...(await this.services()),
      database: await this.get(DATABASE),
      clock: await this.get(CLOCK),
      paths: await this.get(PATHS),
      log: await this.get(LOGGER),
    };
    const { isPaused: _, ...result } = await (dryRun
      ? syncVms(host, { dryRun, signal: this.signal })
      : syncRound(host, { signal: this.signal }));
    const told = (what: string, names: readonly string[]) =>
      `${what}: ${names.length}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
    this.result({ dryRun, ...result }, [
      told(dryRun ? 'to be started' : 'started', result.started),
      told(dryRun ? 'to be limited again' : 'limited again', result.limited),
      told('without a record', result.orphans),
      told('without a machine', result.missing),
    ]);
    if (result.failed.length > 0) throw incomplete(result.failed);
  }
}
