import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  BlockhostError,
  type Paths,
  type SignedTransaction,
  type TransactionJournal,
  writeFileAtomic,
} from '@blockhost/kernel';

/**
 * Keeps the transaction that serves a wish of a person, one file per wish, so that the same wish made again after a kill or
 * a timeout goes on with that transaction instead of sending a second. `wish` is what makes two wishes the same.
 */
export function transactionNote(
  { state }: Pick<Paths, 'state'>,
  wish: readonly string[],
): TransactionJournal & { clear(): Promise<void> } {
  const name = createHash('sha256').update(JSON.stringify(wish)).digest('hex');
  const file = path.join(state, 'wallet-transactions', `${name}.json`);
  return {
    load: () => read(file),
    async save(transaction) {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
      await writeFileAtomic(file, `${JSON.stringify(transaction)}\n`, 0o600);
    },
    clear: () => rm(file, { force: true }),
  };
}

async function read(file: string): Promise<SignedTransaction | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new BlockhostError('wallet.bad-note', `The note of a sent transaction cannot be read: ${file}.`, {
      cause,
      remedy: 'Look at what the wallet has sent before you remove this file.',
    });
  }
}
