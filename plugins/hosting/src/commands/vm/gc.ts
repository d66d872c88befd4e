import { CHAIN_ENGINE, CLOCK, CONFIG, LOGGER, PATHS } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { collectGarbage, type GarbageOrder, type GarbageResult } from '../../garbage/collect-garbage.js';
import { GRACE_DAYS, garbageRound, graceMs, incomplete } from '../../garbage/garbage-round.js';
import { VmCommand } from '../../vms/vm-command.js';

const DAY = 86_400_000;

export default class VmGc extends VmCommand {
  static override summary = 'Suspend VMs whose time is over, destroy those whose grace is over too';
  static override description =
    'Says what is due, and does it with --execute. A VM ends only when the chain confirms that nobody pays for it, when ' +
    'the clock is beyond doubt, and when money was the reason of its suspension. Also tells of orphans: machines without a ' +
    'record, orders that nobody works on, addresses in quarantine. What is an orphan for an hour goes with --execute. Exit ' +
    'code 1 when any VM failed. The monitor does the same every night.';
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
    const days = flags['grace-days'];
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
    const order: Omit<GarbageOrder, 'dryRun'> = {
      graceMs: days === undefined ? await graceMs(config) : days * DAY,
      phases: flags['suspend-only']
        ? ['suspend']
        : flags['destroy-only']
          ? ['destroy']
          : ['suspend', 'destroy'],
      signal: this.signal,
      ...(flags.verbose && { onProgress: (line: string) => this.progress(line) }),
    };
    const { isPaused, ...result } = await (flags.execute
      ? garbageRound(host, order)
      : collectGarbage(host, { ...order, dryRun: true }));
    this.result({ dryRun: !flags.execute, ...result }, linesOf(result, !flags.execute));
    if (result.failed.length > 0) throw incomplete(result.failed);
  }
}

function linesOf(
  { suspended, destroyed, left, doubt, orphans }: Omit<GarbageResult, 'isPaused'>,
  dryRun: boolean,
): string[] {
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
