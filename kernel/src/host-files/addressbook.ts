import { schemaProblems } from '../config/schema-problems.js';
import type { ConfigFile } from '../ports/config.js';
import { object, SERVICE_FILE, text } from './schema-words.js';

/** One wallet of the address book (specification host.md 1.4). */
export interface AddressbookEntry {
  readonly address: string;
  /** Absolute path of the wallet's key, directly below `/etc/blockhost` and ending in `.key`. */
  readonly keyfile?: string;
}

export type AddressbookJson = Readonly<Record<string, AddressbookEntry>>;

/**
 * `addressbook.json`: role → wallet. Each entry counts for itself: a wrong one is not used, and kept when the file is
 * written (specification engine.md 2.4). See {@link usableWallets}.
 */
export const ADDRESSBOOK_JSON: ConfigFile<Readonly<Record<string, unknown>>> = {
  name: 'addressbook.json',
  format: 'json',
  mode: SERVICE_FILE,
  schema: { type: 'object' },
};

/** Name of a wallet in the address book. */
export const ROLE = /^[a-z0-9-]{1,32}$/;

export const ADDRESSBOOK_ENTRY = {
  schema: object(
    {
      address: text,
      keyfile: {
        type: 'string',
        pattern: '^/etc/blockhost/[^/]+\\.key$',
        description: 'the path of a .key file directly below /etc/blockhost',
      },
    },
    ['address'],
  ),
};

export interface AddressbookReading {
  readonly wallets: AddressbookJson;
  /** What is wrong with the other entries, as `<role> is …`. */
  readonly problems: readonly string[];
}

/** The well-formed entries of `addressbook.json`. Whether an address is one of the chain, its engine knows. */
export async function usableWallets(book: Readonly<Record<string, unknown>>): Promise<AddressbookReading> {
  const wallets: Record<string, AddressbookEntry> = {};
  const problems: string[] = [];
  for (const [role, entry] of Object.entries(book)) {
    const wrong = await schemaProblems(ADDRESSBOOK_ENTRY.schema, entry);
    if (!ROLE.test(role))
      problems.push(`"${role}" is no name of a wallet: 1 to 32 lower-case letters, digits and dashes`);
    else if (wrong.length > 0)
      problems.push(...wrong.map(({ pointer, problem }) => `"${role}"${pointer} ${problem}`));
    else wallets[role] = entry as AddressbookEntry;
  }
  return { wallets, problems };
}
