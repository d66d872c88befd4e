import { BlockhostError, CLOCK, PATHS, VM_STORE } from '@blockhost/kernel';
import { Args, alignColumns, BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { HistoryFiles, type HistoryLine } from '../../history/history-files.js';
import { metricNames } from '../../rules/metric.js';
import { sinceWhen } from '../../since-when.js';

export default class WatchdogHistory extends BlockhostCommand {
  static override summary = 'Print what a VM has used, in steps of five minutes';
  static override description =
    'Oldest first, of the last 30 days at most; each figure as mean/most. `-` was not known. Ends with 3 when there is no ' +
    'such VM.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> blockhost-001',
    '<%= config.bin %> <%= command.id %> blockhost-001 --since 7d --json',
    '<%= config.bin %> <%= command.id %> blockhost-001 --since 2026-03-01T00:00:00Z',
  ];
  static override enableJsonFlag = true;
  static override args = {
    name: Args.string({ name: 'NAME', description: 'name of the VM', required: true }),
  };
  static override flags = {
    since: Flags.string({ summary: 'a moment in ISO 8601, or so long ago: 90m, 6h, 7d', default: '6h' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WatchdogHistory);
    const since = sinceWhen(flags.since, (await this.get(CLOCK)).now());
    const vm = await (await this.get(VM_STORE)).get(args.name);
    if (vm === null)
      throw new BlockhostError('vm-store.no-such-vm', `There is no VM named ${args.name}.`, {
        remedy: 'List the VMs with `blockhost vm list`.',
        exitCode: 3,
      });
    const lines = await new HistoryFiles(await this.get(PATHS)).read(vm, since);
    if (lines.length === 0) this.progress(`Nothing is known of ${args.name} since then.`);
    this.result(
      lines,
      lines.length === 0 ? [] : alignColumns([['TIME', ...metricNames], ...lines.map(cells)]),
    );
  }
}

function cells({ at, metrics }: HistoryLine): string[] {
  return [
    at.replace(':00.000Z', 'Z'),
    ...metricNames.map((name) => {
      const figure = metrics[name];
      return figure ? `${figure[0]}/${figure[1]}` : '-';
    }),
  ];
}
