import { BlockhostError, CHAIN_ENGINE, CLOCK, CONFIG, LOGGER, PATHS } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { collectGarbage, type GarbageResult } from '../../garbage/collect-garbage.js';
import { VmCommand } from '../../vms/vm-command.js';

const DAY = 86_400_000;
const GRACE_DAYS = 7;

export default class VmGc extends VmCommand {
  static override summary = 'Suspend VMs whose time is over, destroy those whose grace is over too';
  static override description =
    'Says what is due, and does it with --execute. A VM ends only when the chain confirms that nobody pays for it, when ' +
    'the clock is beyond doubt, and when money was the reason of its suspension. Also tells of orphans: machines without a ' +
    'record, orders that nobody works on, addresses in quarantine. What is an orphan for an hour goes with --execute. Exit ' +
    'code 1 when any VM failed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --execute',
    '<%= config.bin %> <%= command.id %> --execute --suspend-only',
  ];
  static override flags = {
    execute: Flags.boolean({ summary: 'do it; without this it only says what is due' }),
    'suspend-only': Flags.boolean({ summary: 'destroy nothing', exclusive: ['destroy-only'] }),
    'destroy-only': Flags.boolean({ summary: 'suspend nothing' }),
    'grace-days': Flags.integer({
      summary: `days between suspension and end; gc_grace_days of db.yaml, else ${GRACE_DAYS}`,
      helpValue: 'DAYS',
      min: 0,
    }),
    verbose: Flags.boolean({ char: 'v', summary: 'a line for each VM' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(VmGc);
    const config = await this.get(CONFIG);
    const graceDays = flags['grace-days'] ?? (await config.find(DB_YAML))?.gc_grace_days ?? GRACE_DAYS;
    const { vms, provisioner } = await this.services();
    const host = {
      vms,
      provisioner,
      config,
      rootAgent: null,
      database: await this.get(DATABASE),
      chain: await this.get(CHAIN_ENGINE),
      clock: await this.get(CLOCK),
      paths: await this.get(PATHS),
      log: await this.get(LOGGER),
    };
    const result = await collectGarbage(host, {
      graceMs: graceDays * DAY,
      phases: flags['suspend-only']
        ? ['suspend']
        : flags['destroy-only']
          ? ['destroy']
          : ['suspend', 'destroy'],
      dryRun: !flags.execute,
      signal: this.signal,
      ...(flags.verbose && { onProgress: (line: string) => this.progress(line) }),
    });
    this.result({ dryRun: !flags.execute, ...result }, linesOf(result, !flags.execute));
    if (result.failed.length > 0)
      throw new BlockhostError(
        'garbage.incomplete',
        `${result.failed.length} of the VMs that are due failed.`,
        {
          facts: Object.fromEntries(result.failed.map(({ vm, reason }) => [vm, reason])),
          remedy: 'Look at the provisioner and run this again: whatever was done stays done.',
        },
      );
  }
}

function linesOf({ suspended, destroyed, left, doubt, orphans }: GarbageResult, dryRun: boolean): string[] {
  const told = (verb: string, names: readonly string[]) =>
    `${dryRun ? 'to be ' : ''}${verb}: ${names.length}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;
  return [
    told('suspended', suspended),
    told('destroyed', destroyed),
    ...orphans.map(({ sentence, left: why }) => `orphan: ${sentence}${why === null ? '' : ` Left: ${why}.`}`),
    ...left.map(({ vm, reason }) => `left: ${vm}, ${reason}`),
    ...(doubt === null ? [] : [`nothing is destroyed: ${doubt}`]),
  ];
}
