import {
  BlockhostError,
  CONFIG,
  hasCode,
  isBlockhostError,
  PATHS,
  type SignedTransaction,
  type SigningKey,
  sentenceOf,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { type CommandChain, commandChain } from './command-chain.js';
import { CommandJournal } from './command-journal.js';
import { deployerKey } from './deployer-key.js';
import type { ChainTask } from './ensure-on-chain.js';

export const dryRun = Flags.boolean({ summary: 'only simulate it: print what would come of it' });

export const timeout = (seconds: number) =>
  Flags.integer({
    summary: 'seconds to wait for the confirmation; then the transaction is pending (exit code 3)',
    helpValue: 'SECONDS',
    default: seconds,
    min: 1,
  });

export interface Wallet extends CommandChain {
  readonly key: SigningKey;
}

export interface CommandTask extends ChainTask {
  readonly journal: CommandJournal;
}

/** What the commands that send from the deployer's wallet have in common. */
export abstract class ChainCommand extends BlockhostCommand {
  protected async wallet(): Promise<Wallet> {
    const config = await this.get(CONFIG);
    const key = await deployerKey(config);
    return { ...(await commandChain(config, process.env)), key };
  }

  /** A task whose transactions survive the process; `names` are those of its journal. */
  protected async task(names: readonly string[]): Promise<CommandTask> {
    const paths = await this.get(PATHS);
    return {
      paths,
      signal: this.signal,
      journal: await CommandJournal.open(paths, names),
      // Whoever reads stderr by a program reads the outcome, which comes first (engine.md 2.1).
      progress: (message) => {
        if (process.stderr.isTTY) this.progress(message);
      },
    };
  }

  /** The transaction that a failed run leaves to be settled, with what to throw instead: exit code 3. */
  protected async leftPending(
    { journal, signal }: CommandTask,
    name: string,
    error: unknown,
  ): Promise<{ readonly transaction: SignedTransaction; readonly error: BlockhostError } | null> {
    const open =
      signal.aborted || hasCode(error, 'chain.transaction-pending') || hasCode(error, 'chain.unreachable');
    const transaction = open ? await journal.transaction(name) : undefined;
    if (!transaction) return null;
    const { hash } = transaction;
    const reason = signal.aborted ? `${transaction.description}: interrupted` : sentenceOf(error);
    return {
      transaction,
      error: new BlockhostError('chain.transaction-pending', `pending: ${reason}`, {
        facts: { transaction: hash },
        remedy: 'Run the same again later: it looks for this transaction and sends no second one.',
        exitCode: 3,
      }),
    };
  }

  /** The value of an argument; throws `command.usage` (exit code 2) naming the argument. */
  protected argument<T>(name: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const remedy = isBlockhostError(error) ? error.remedy : undefined;
      throw new BlockhostError('command.usage', `${name}: ${sentenceOf(error)}`, {
        exitCode: 2,
        ...(remedy === undefined ? {} : { remedy }),
      });
    }
  }
}
