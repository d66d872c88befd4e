import { BlockhostError, type KeyCodec, type SigningKey } from '@blockhost/kernel';
import { generatePrivateKey, parsePrivateKey, privateKeyText, publicKeyOf } from '@blockhost/kernel/crypto';
import { addressOf, type EvmAddress } from './address-codec.js';

/** What belongs to a key stays here: the key itself has nothing but its address to show or to serialise. */
const secrets = new WeakMap<SigningKey, Uint8Array>();

export const keyCodec: KeyCodec = {
  generate() {
    const secret = generatePrivateKey();
    return { text: privateKeyText(secret), address: addressOf(publicKeyOf(secret)) };
  },
  parse: parseKey,
};

/** Reads the text of `deployer.key` and its like; throws `chain.bad-key` without quoting it. */
export function parseKey(text: string): SigningKey & { readonly address: EvmAddress } {
  const secret = bytesOf(text);
  const key = Object.freeze({ address: addressOf(publicKeyOf(secret)) });
  secrets.set(key, secret);
  return key;
}

/** The 32 bytes behind a key that {@link parseKey} made. */
export function secretOf(key: SigningKey): Uint8Array {
  const secret = secrets.get(key);
  if (!secret)
    throw new BlockhostError('chain.bad-key', 'This key was not made by this engine.', {
      remedy: 'Make keys with the engine that signs with them.',
    });
  return secret;
}

function bytesOf(text: string): Uint8Array {
  try {
    return parsePrivateKey(text);
  } catch {
    throw new BlockhostError('chain.bad-key', 'This is not a private key of this chain.', {
      remedy: 'Give 64 hex digits on one line, with or without "0x".',
    });
  }
}
