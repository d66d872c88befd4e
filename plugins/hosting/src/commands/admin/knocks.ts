import { PATHS } from '@blockhost/kernel';
import { alignColumns } from '@blockhost/kernel/command';
import { AdminCommand } from '../../admin/admin-command.js';
import { KnockJournal } from '../../admin/knock-journal.js';
import { shownTime } from '../../status/shown-time.js';

export default class AdminKnocks extends AdminCommand {
  static override summary = 'List the ports that the administrator has opened';
  static override description =
    'A knock is open to everybody or to one source, until its time is over or somebody logs in; then it is narrowed to them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(AdminKnocks);
    const { knocks } = await new KnockJournal(await this.get(PATHS)).read();
    if (knocks.length === 0) this.progress('No knock is open.');
    const rows = knocks.map(({ id, phase, ports, address, source, expiresAt }) => [
      id,
      phase,
      ports.join(','),
      address ?? source ?? 'everybody',
      phase === 'narrowed' ? 'while they stay' : shownTime(expiresAt),
    ]);
    this.result(
      knocks,
      rows.length === 0 ? [] : alignColumns([['KNOCK', 'PHASE', 'PORTS', 'FOR', 'UNTIL'], ...rows]),
    );
  }
}
