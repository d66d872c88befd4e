import { CHAIN_ENGINE, CLOCK } from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { retryDeadLetters } from '../../monitor/retry-dead-letters.js';

export default class MonitorRetry extends BlockhostCommand {
  static override summary = 'Read events again that could not be read or taken';
  static override description =
    'Reads their blocks once more. What can be taken now waits for the pipeline, which works on it as if it had just come; an event that has vanished from the chain is forgotten. Ends with 1 when some remain.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> 7'];
  static override args = { id: Args.integer({ description: 'number in the list; all unless given' }) };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args } = await this.parse(MonitorRetry);
    const [database, chain, clock] = [
      await this.get(DATABASE),
      await this.get(CHAIN_ENGINE),
      await this.get(CLOCK),
    ];
    const results = await retryDeadLetters({ database, chain, clock }, args.id ?? null, this.signal);
    if (results.length === 0) this.progress('There are no dead letters.');
    this.result(
      results,
      results.map(({ id, outcome, reason }) => `${id} ${outcome}${reason ? `: ${reason}` : ''}`),
    );
    if (results.some(({ outcome }) => outcome === 'remains')) process.exitCode = 1;
  }
}
