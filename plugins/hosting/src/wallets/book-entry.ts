import { BlockhostError } from '@blockhost/kernel';
import type { BookContent } from './change-address-book.js';

/** The entry of a role as it stands in the file, right or wrong; throws `wallet.unknown`. */
export function entryOf(book: BookContent, role: string): unknown {
  if (Object.hasOwn(book, role)) return book[role];
  throw new BlockhostError('wallet.unknown', `The address book has no wallet "${role}".`, {
    remedy: '`ab list` shows what it has.',
  });
}
