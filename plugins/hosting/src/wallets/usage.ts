import { BlockhostError, isBlockhostError, sentenceOf } from '@blockhost/kernel';

/** What is wrong with the words of a command line themselves, whatever the host holds. */
const WORDING: readonly string[] = [
  'chain.bad-address',
  'wallet.bad-amount',
  'wallet.bad-ratios',
  'wallet.bad-token-id',
];

/** The value of an argument; a word that can never be right is `command.usage` (exit code 2) naming the argument. */
export async function argument<T>(name: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isBlockhostError(error) || !WORDING.includes(error.code)) throw error;
    throw usage(`${name}: ${sentenceOf(error)}`, error.remedy);
  }
}

export function usage(sentence: string, remedy?: string): BlockhostError {
  return new BlockhostError('command.usage', sentence, {
    exitCode: 2,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
