import { link, lstat, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BlockhostError, type Paths, type RootAction, withRun, writeFileAtomic } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, walletKey } from '@blockhost/kernel/host-files';
import { keyCodec } from '../signing-key.js';

/** Wallets that are made at set-up or belong to others (specification host.md 2.4). */
const RESERVED = ['admin', 'server', 'dev', 'broker'];
/** Key files that are no wallets of the address book. */
const OTHER_KEYS = ['deployer', 'admin-signature'];

/**
 * Makes `/etc/blockhost/NAME.key` and its entry in the address book, both or neither, whenever it is killed.
 *
 * The key is first stored as `NAME.key.pending`; then it gets its name, by a link that replaces nothing; then comes the
 * entry; last the pending name goes. A call that finds a pending key goes on with it, so a wallet that somebody may have
 * seen is never made a second time.
 */
export const generateWallet: RootAction = {
  name: 'generate-wallet',
  parameters: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
        rule: '1 to 32 lower-case letters, digits and dashes, not beginning with a dash',
      },
    },
    required: ['name'],
    additionalProperties: false,
  },
  timeoutMs: 30_000,
  resource: () => 'addressbook',
  run: ({ name }, { config, paths, log, signal }) =>
    withRun({ name: 'generate-wallet', log, signal }, async (run) => {
      const wallet = String(name);
      if (RESERVED.includes(wallet) || OTHER_KEYS.includes(wallet))
        throw denied(`The name "${wallet}" is reserved.`, 'Choose another name.');
      const files = keyFilesOf(paths, wallet);
      const { address } = await run.step('key', async () => {
        const begun = await pendingKey(files);
        if (begun !== null) return begun;
        const book = (await config.find(ADDRESSBOOK_JSON)) ?? {};
        if (Object.hasOwn(book, wallet))
          throw denied(`The address book has an entry "${wallet}" already.`, ANOTHER);
        if (await exists(files.key)) throw denied(`There is a key file of "${wallet}" already.`, ANOTHER);
        const made = keyCodec.generate();
        await writeFileAtomic(files.pending, made.text, walletKey(wallet).mode);
        return made;
      });
      await run.step('name', () => giveName(files, wallet));
      const keyfile = `/etc/blockhost/${wallet}.key`;
      await run.step('entry', () =>
        config.update(ADDRESSBOOK_JSON, (present) => withEntry(present ?? {}, wallet, { address, keyfile })),
      );
      await run.step('done', async () => {
        await rm(files.pending, { force: true });
        await syncFolder(paths.config);
      });
      return { address, keyfile };
    }),
};

interface KeyFiles {
  readonly key: string;
  readonly pending: string;
}

const ANOTHER = 'Choose another name: a key is never replaced.';

function keyFilesOf(paths: Paths, wallet: string): KeyFiles {
  const key = join(paths.config, walletKey(wallet).name);
  return { key, pending: `${key}.pending` };
}

/** The key that an earlier call did not finish with; null without one. */
async function pendingKey({ pending }: KeyFiles): Promise<{ readonly address: string } | null> {
  const text = await readFile(pending, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  return text === null ? null : keyCodec.parse(text);
}

async function giveName({ key, pending }: KeyFiles, wallet: string): Promise<void> {
  try {
    await link(pending, key);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    const [present, ours] = await Promise.all([lstat(key), stat(pending)]);
    if (present.ino === ours.ino && present.dev === ours.dev) return;
    await rm(pending);
    throw denied(`There is a key file of "${wallet}" already.`, ANOTHER);
  }
}

function withEntry(
  present: Readonly<Record<string, unknown>>,
  wallet: string,
  entry: { readonly address: string; readonly keyfile: string },
): Readonly<Record<string, unknown>> {
  if (!Object.hasOwn(present, wallet)) return { ...present, [wallet]: entry };
  // What an earlier call wrote, letter for letter.
  if (isDeepStrictEqual(present[wallet], entry)) return present;
  throw denied(`The address book has another entry "${wallet}".`, 'Take it out, then try again.');
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return false;
      throw cause;
    },
  );
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function denied(sentence: string, remedy: string): BlockhostError {
  return new BlockhostError('root-agent.denied', sentence, { remedy });
}
