import { PATHS } from '@blockhost/kernel';
import { AdminCommand } from '../../admin/admin-command.js';
import { KnockJournal } from '../../admin/knock-journal.js';

export default class AdminKnocks extends AdminCommand {
  static override summary = 'List the ports that the administrator has opened';
  static override description = 'Per knock: id, phase, ports, for whom, until when.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(AdminKnocks);
    const { knocks } = await new KnockJournal(await this.get(PATHS)).read();
    this.result(
      knocks,
      knocks.map(({ id, phase, ports, address, source, expiresAt }) => {
        const end = phase === 'narrowed' ? 'while they stay' : new Date(expiresAt).toISOString();
        return [id, phase, ports.join(','), address ?? source ?? 'everybody', end].join('\t');
      }),
    );
  }
}
