import { BlockhostError, type UserDataCipher } from '@blockhost/kernel';
import { parse, stringify } from 'yaml';

/** Longer files are not read at all (engine.md 8.6). */
const MOST_CHARACTERS = 1024 * 1024;

type Configuration = Readonly<Record<string, unknown>>;

/** The configuration as a file that only who makes the same signature again can read (crypto.md 4). */
export function sealBackup(cipher: UserDataCipher, signature: string, configuration: Configuration): string {
  return `${cipher.seal(signature, stringify(configuration))}\n`;
}

/** Reads what {@link sealBackup} wrote. Throws `installer.bad-backup`, whatever the cause. */
export function openBackup(cipher: UserDataCipher, signature: string, file: string): Configuration {
  try {
    const sealed = file.trim();
    if (file.length <= MOST_CHARACTERS && isHex(sealed)) {
      const content: unknown = parse(cipher.open(signature, sealed), dropPrototype, { maxAliasCount: 100 });
      if (typeof content === 'object' && content !== null && !Array.isArray(content))
        return content as Configuration;
    }
  } catch {
    // The one error below: a parser would quote the text.
  }
  throw new BlockhostError('installer.bad-backup', 'Wrong wallet or corrupted file.', {
    remedy: 'Sign with the wallet that the backup was made for, and take the file as it was downloaded.',
  });
}

function isHex(text: string): text is `0x${string}` {
  return text.startsWith('0x');
}

/** A key `__proto__` would become the prototype of whatever the content is copied into. */
function dropPrototype(key: unknown, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
