import { alignColumns, BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { type Action, Ledger } from '../../acts/ledger.js';
import { shownTime } from '../../shown-time.js';

export default class WatchdogActions extends BlockhostCommand {
  static override summary = 'List what the watchdog did, or would have done';
  static override description =
    'Youngest first. An action is `intended` while it is under way; in a dry run nothing was done to any VM.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --limit 5',
    '<%= config.bin %> <%= command.id %> --vm blockhost-001 --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    limit: Flags.integer({ summary: 'how many', helpValue: 'N', default: 20, min: 1, max: 1_000 }),
    vm: Flags.string({ summary: 'only of this VM', helpValue: 'NAME' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WatchdogActions);
    const actions = await new Ledger(await this.get(DATABASE)).recent(flags.limit, flags.vm);
    if (actions.length === 0) this.progress('The watchdog has done nothing yet.');
    const header = ['TIME', 'VM', 'METRIC', 'STEP', 'USED', 'LIMIT', 'STATE', 'OUTCOME'];
    this.result(
      actions.map(({ at, settledAt, ...action }) => ({
        ...action,
        at: shownTime(at),
        settledAt: settledAt === null ? null : shownTime(settledAt),
      })),
      actions.length === 0 ? [] : alignColumns([header, ...actions.map(cells)]),
    );
  }
}

function cells({ at, vm, metric, from, to, used, limit, state, dryRun, outcome }: Action): string[] {
  const shown = (value: number | null) => (value === null ? '-' : String(value));
  const step = `${from} → ${to}`;
  return [
    shownTime(at),
    vm,
    metric,
    step,
    shown(used),
    shown(limit),
    dryRun ? 'dry run' : state,
    outcome ?? '',
  ];
}
