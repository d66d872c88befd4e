import { CLOCK } from '@blockhost/kernel';
import { BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { Ledger } from '../../acts/ledger.js';

export default class WatchdogConfirm extends BlockhostCommand {
  static override summary = 'Let the watchdog go on after its brake has stopped it';
  static override description =
    'Of ten VMs the watchdog throttles or suspends one in an hour, at least one, and waits then: many at once may be a ' +
    'mistake in the rules. Look at `blockhost watchdog actions` first. Counting begins anew; given again it does no harm.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<void> {
    await this.parse(WatchdogConfirm);
    await new Ledger(await this.get(DATABASE)).confirm((await this.get(CLOCK)).now());
    this.progress('Confirmed: the watchdog goes on.');
  }
}
