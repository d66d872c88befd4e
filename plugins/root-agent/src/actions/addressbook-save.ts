import { isDeepStrictEqual } from 'node:util';
import { actionParameters, discover, failpoint, type Paths, type RootAction } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON } from '@blockhost/kernel/host-files';
import { denied } from './denied.js';

type Entry = Readonly<Record<string, unknown>>;
/** A book may hold an entry that is none; it stays as it is until a person mends it. */
type Book = Readonly<Record<string, unknown>>;

/** Wallets that the host itself relies on (specification host.md 2.4, engine.md 2.4). */
const RESERVED = ['admin', 'server', 'dev', 'broker', 'hot'];
/** What the fund manager may put back when a crash left the key without its entry (engine.md 5.4, step 0). */
const HOT_KEY = '/etc/blockhost/hot.key';
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
const KEYFILE = /^\/etc\/blockhost\/[a-z0-9][a-z0-9-]{0,31}\.key$/;

/**
 * Replaces the address book. What stands in it unchanged is kept as it is, also a wrong entry; new and changed entries must
 * be right. Reserved entries, and the key file and address of a wallet with a key, stay as they are: where money goes is
 * not for the service account to decide.
 */
export const addressbookSave: RootAction = {
  name: 'addressbook-save',
  parameters: actionParameters({ entries: { type: 'object', additionalProperties: true } }),
  timeoutMs: 30_000,
  resource: () => 'addressbook',
  async run(params, { config, paths }) {
    const entries = params.entries as Book;
    const pattern = addressPattern(paths);
    failpoint('addressbook-save.write:before');
    await config.update(ADDRESSBOOK_JSON, (file) => {
      const present = (file ?? {}) as Book;
      const isNew = Object.keys(present).length === 0;
      for (const [name, entry] of Object.entries(entries))
        checkEntry(name, entry, Object.hasOwn(present, name) ? present[name] : undefined, { isNew, pattern });
      const lost = Object.keys(present).find(
        (name) => RESERVED.includes(name) && !Object.hasOwn(entries, name),
      );
      if (lost !== undefined) throw denied(`"${lost}" cannot be taken out of the address book.`);
      return entries;
    });
    failpoint('addressbook-save.write:after');
    return {};
  },
};

interface Rules {
  /** A book that has no entry yet takes those of the host as well. */
  readonly isNew: boolean;
  readonly pattern: RegExp;
}

function checkEntry(name: string, value: unknown, before: unknown, { isNew, pattern }: Rules): void {
  if (isDeepStrictEqual(value, before)) return;
  if (!NAME.test(name)) throw denied(`"${name.slice(0, 40)}" is no name of a wallet.`);
  if (!isEntry(value)) throw denied(`The entry "${name}" is not an object with an address.`);
  const entry = value;
  const present = isEntry(before) ? before : undefined;
  const isHotBack = name === 'hot' && before === undefined && entry.keyfile === HOT_KEY;
  if (RESERVED.includes(name) && !isNew && !isHotBack) throw denied(`"${name}" cannot be changed.`);
  const unknown = Object.keys(entry).find(
    (key) => key !== 'address' && key !== 'keyfile' && !isDeepStrictEqual(entry[key], present?.[key]),
  );
  if (unknown !== undefined) throw denied(`The entry "${name}" has members beside "address" and "keyfile".`);
  const { address, keyfile } = entry;
  if (typeof address !== 'string' || !pattern.test(address))
    throw denied(`The entry "${name}" has no address of this host's chain.`);
  if (present?.keyfile !== undefined && (keyfile !== present.keyfile || address !== present.address))
    throw denied(`The wallet "${name}" has a key on this host: its address and key file cannot be changed.`);
  if (keyfile !== undefined && keyfile !== present?.keyfile && !KEYFILE.test(String(keyfile)))
    throw denied(`The key file of "${name}" must lie directly in /etc/blockhost and end in ".key".`);
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The form of addresses as the manifest of the engine says; a host without an engine knows no address. */
function addressPattern(paths: Paths): RegExp {
  const { manifest } =
    discover({ paths, trust: paths.root === '/' }).find(({ kind }) => kind === 'engine') ?? {};
  const { address_pattern: pattern } = (manifest as { constraints?: { address_pattern?: string } } | null)
    ?.constraints ?? { address_pattern: undefined };
  if (pattern === undefined) throw denied('No engine is installed that says what an address looks like.');
  return new RegExp(`^(?:${pattern})$`);
}
