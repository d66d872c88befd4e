/** Words that mark a secret wherever they stand in a name. */
const SECRET = new Set(
  'authorization bearer cookie mnemonic otp passphrase passwd password private raw secret seed signature'.split(
    ' ',
  ),
);

/** Last words that name something about a secret rather than the secret itself (`key_file`, `tokenId`). */
const ABOUT = new Set(
  'address count decimals file folder id kind length name path pattern seconds symbol type'.split(' '),
);

/**
 * True when a value under this name must not be shown: `key`, `privateKey`, `api-key`, `session_token`, `raw`,
 * `signature` and their like. Public keys, key files and token ids are not secrets.
 */
export function isSecretName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1);
  if (last !== undefined && ABOUT.has(last)) return false;
  if (words.some((word) => SECRET.has(word))) return true;
  if (words.some((word) => word === 'public' || word === 'pub')) return false;
  return words.some((word) => word === 'token' || (word.endsWith('key') && !/^pub(lic)?key$/.test(word)));
}

function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
    .map((word) =>
      word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word,
    );
}
