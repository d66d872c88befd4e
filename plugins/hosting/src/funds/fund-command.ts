import {
  BlockhostError,
  CHAIN_ENGINE,
  CLOCK,
  CONFIG,
  LOGGER,
  PATHS,
  PRIVILEGED_ACTIONS,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { hasActiveEntry } from '../pipeline/queue.js';
import type { FundHost } from './fund-host.js';
import type { FundKind } from './journal.js';
import type { Transfer } from './operation.js';
import { type Foresight, foreseeFunds, runFunds } from './run-funds.js';
import { type ShownTransfer, shownTransfer, transferLine } from './shown-transfer.js';
import { TokenNames } from './token-names.js';

export const dryRun = Flags.boolean({ summary: 'only show what would be sent' });

/** What the verbs of `funds` have in common. */
export abstract class FundCommand extends BlockhostCommand {
  protected async host(): Promise<FundHost> {
    return {
      database: await this.get(DATABASE),
      chain: await this.get(CHAIN_ENGINE),
      rootAgent: await this.find(PRIVILEGED_ACTIONS),
      config: await this.get(CONFIG),
      clock: await this.get(CLOCK),
      paths: await this.get(PATHS),
      log: await this.get(LOGGER),
    };
  }

  /** Prints what would be sent, or does it now. Throws `funds.busy` beside the pipeline. */
  protected async perform(kind: FundKind, isDry: boolean | undefined): Promise<void> {
    const host = await this.host();
    if (isDry) return this.#show(await foreseeFunds(kind, host, this.signal), host);
    if (await hasActiveEntry(host.database)) throw busy();
    const operations = await runFunds(kind, host, this.signal);
    const moved = operations.filter(({ status }) => status === 'confirmed');
    const transactions = moved.map(({ signed }) => ({ transaction: signed?.hash ?? null }));
    const value = (await shown(moved, host)).map((each, index) => ({ ...each, ...transactions[index] }));
    if (value.length === 0) this.progress('There was nothing to send.');
    this.result(
      { transfers: value },
      value.map((each) => `${transferLine(each)}  ${each.transaction}`),
    );
  }

  async #show({ open, transfers, problems }: Foresight, host: FundHost): Promise<void> {
    const value = { open: await shown(open, host), transfers: await shown(transfers, host), problems };
    for (const problem of problems) this.progress(problem);
    if (value.open.length + value.transfers.length === 0) this.progress('There is nothing to send.');
    this.result(value, [
      ...value.open.map((each) => `first  ${transferLine(each)}`),
      ...value.transfers.map(transferLine),
    ]);
  }
}

async function shown(transfers: readonly Transfer[], { chain }: FundHost): Promise<readonly ShownTransfer[]> {
  const names = new TokenNames(chain);
  return Promise.all(transfers.map(async (each) => shownTransfer(each, await names.of(each.token))));
}

function busy(): BlockhostError {
  return new BlockhostError('funds.busy', 'The monitor is working on a subscription at this moment.', {
    remedy: 'Try again when it is done, or look with --dry-run.',
    exitCode: 4,
  });
}
