import { FundCommand } from '../../funds/fund-command.js';
import { type FundReport, fundReport } from '../../funds/fund-report.js';
import { transferLine } from '../../funds/shown-transfer.js';
import { shownTime } from '../../status/shown-time.js';

export default class FundsStatus extends FundCommand {
  static override summary = 'Show where the money of this host is, what it owes and what moves';
  static override description =
    'Owed is what somebody did not get last time; it is paid first in the next cycle. Open is what is not confirmed yet. ' +
    'Orders are what somebody sent with `bw`: one that is open did not come to its end, and goes on when it is given again.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(FundsStatus);
    const report = await fundReport(await this.host());
    for (const problem of report.problems) this.progress(problem);
    this.result(report, lines(report));
  }
}

function lines({ wallets, owed, tasks, open, orders }: FundReport): string[] {
  return [
    ...wallets.map(({ role, address, held }) => {
      const amounts = held?.map(({ amount, symbol }) => `${amount} ${symbol}`).join(', ');
      return `${role.padEnd(10)} ${address}  ${amounts ?? 'cannot be read now'}`;
    }),
    ...owed.map(({ role, amount, symbol }) => `owed       ${amount} ${symbol} to ${role}`),
    ...tasks.map(({ name, last, next, failures }) => {
      const failed = failures === 0 ? '' : `, failed ${failures} times in a row`;
      return `${name.padEnd(10)} last ${last === null ? 'never' : shownTime(last)}, next ${shownTime(next)}${failed}`;
    }),
    ...open.map(
      (each) =>
        `open       ${transferLine(each)}  ${each.status} ${each.transaction ?? ''} ${each.error ?? ''}`,
    ),
    ...orders.flatMap(({ what, state, begun_at, transactions }) => [
      `order      ${what}  ${state}, begun ${shownTime(begun_at)}`,
      ...transactions.map((each) => `           ${each.transaction} ${each.state} ${each.error ?? ''}`),
    ]),
  ].map((line) => line.trimEnd());
}
