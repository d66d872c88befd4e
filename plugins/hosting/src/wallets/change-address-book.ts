import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import {
  acquireLock,
  BlockhostError,
  failpoint,
  type HostConfig,
  hasCode,
  type Paths,
  type PrivilegedActions,
  saveAddressbook,
} from '@blockhost/kernel';
import { ADDRESSBOOK_JSON } from '@blockhost/kernel/host-files';

/** Longer than the root agent takes for one action. */
const LOCK_TIMEOUT_MS = 60_000;

/** Who may write the configuration writes the address book; everybody else has the root agent do it. */
export interface BookHost {
  readonly config: HostConfig;
  readonly paths: Paths;
  /** null: there is no agent on this host. */
  readonly rootAgent: PrivilegedActions | null;
}

export type BookContent = Readonly<Record<string, unknown>>;

/**
 * Changes the address book as one act between processes (engine.md 2.4): `change` gets every entry as it stands in the
 * file, the wrong ones as well, and answers all of them. Throws `wallet.book-busy`, `wallet.needs-root-agent` and what the
 * agent refuses with.
 */
export async function changeAddressBook(
  host: BookHost,
  change: (present: BookContent) => BookContent | Promise<BookContent>,
): Promise<void> {
  await whileBookIsOurs(host, async () => {
    const content = await change((await host.config.find(ADDRESSBOOK_JSON)) ?? {});
    failpoint('address-book.save:before');
    if (await writesItself(host)) await host.config.write(ADDRESSBOOK_JSON, content);
    else await saveAddressbook(agentOf(host), content);
    failpoint('address-book.save:after');
  });
}

/** The lock is the callers'; the agent guards the file by the file's own. */
export async function whileBookIsOurs<T>(
  { paths }: Pick<BookHost, 'paths'>,
  act: () => Promise<T>,
): Promise<T> {
  const file = path.join(paths.run, 'addressbook.lock');
  const waiting = acquireLock(file, { timeoutMs: LOCK_TIMEOUT_MS, purpose: 'changing the address book' });
  using _ = await waiting.catch((cause) => {
    if (!hasCode(cause, 'lock.busy')) throw cause;
    throw new BlockhostError('wallet.book-busy', 'Something else is changing the address book.', {
      cause,
      remedy: 'Wait until it is done and try again.',
    });
  });
  return await act();
}

/** True where nothing needs privilege: for root, and below a folder of one's own. */
export async function writesItself({ paths }: Pick<BookHost, 'paths'>): Promise<boolean> {
  try {
    await access(paths.config, constants.W_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

export function agentOf({ rootAgent }: Pick<BookHost, 'rootAgent'>): PrivilegedActions {
  if (rootAgent !== null) return rootAgent;
  throw new BlockhostError('wallet.needs-root-agent', 'Only root writes the address book and key files.', {
    remedy: 'Install and start the root agent, or run this as root.',
  });
}
