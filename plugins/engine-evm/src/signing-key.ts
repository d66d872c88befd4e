import { BlockhostError, type KeyCodec, type SigningKey } from '@blockhost/kernel';
import { encodeHex, generatePrivateKey, parsePrivateKey, privateKeyText } from '@blockhost/kernel/crypto';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';

/** What belongs to a key stays here: the key itself has nothing but its address to show or to serialise. */
const accounts = new WeakMap<SigningKey, PrivateKeyAccount>();

export const keyCodec: KeyCodec = {
  generate() {
    const key = generatePrivateKey();
    return { text: privateKeyText(key), address: privateKeyToAccount(encodeHex(key)).address };
  },
  parse: parseKey,
};

/** Reads the text of `deployer.key` and its like; throws `chain.bad-key` without quoting it. */
export function parseKey(text: string): SigningKey {
  const account = privateKeyToAccount(encodeHex(privateKeyOf(text)));
  const key = Object.freeze({ address: account.address });
  accounts.set(key, account);
  return key;
}

/** What signs for a key that {@link parseKey} made. */
export function accountOf(key: SigningKey): PrivateKeyAccount {
  const account = accounts.get(key);
  if (!account)
    throw new BlockhostError('chain.bad-key', 'This key was not made by this engine.', {
      remedy: 'Make keys with the engine that signs with them.',
    });
  return account;
}

function privateKeyOf(text: string): Uint8Array {
  try {
    return parsePrivateKey(text);
  } catch {
    throw new BlockhostError('chain.bad-key', 'This is not a private key of this chain.', {
      remedy: 'Give 64 hex digits on one line, with or without "0x".',
    });
  }
}
