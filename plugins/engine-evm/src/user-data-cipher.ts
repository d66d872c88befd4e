import { BlockhostError, type UserDataCipher } from '@blockhost/kernel';
import {
  encodeHex,
  openText,
  openTextFrom,
  parsePrivateKey,
  parsePublicKey,
  sealText,
  sealTextTo,
} from '@blockhost/kernel/crypto';
import { keccak_256 } from './libraries.js';
import { signatureBytes } from './message-signature.js';

/** Encryption of what a purchase and a credential carry (crypto.md 2.1 and 3). */
export const userDataCipher: UserDataCipher = {
  sealPurchase: (serverPublicKey, signature) =>
    sealTextTo(parsePublicKey(serverPublicKey), encodeHex(needSignature(signature))),

  openPurchase(userEncrypted, serverKey) {
    const key = parsePrivateKey(serverKey);
    const signature = opened(() => signatureBytes(openTextFrom(key, userEncrypted)));
    return encodeHex(signature);
  },

  seal: (signature, plaintext) => sealText(keccak_256(needSignature(signature)), plaintext),

  open: (signature, ciphertext) =>
    opened(() => {
      const bytes = signatureBytes(signature);
      return bytes && openText(keccak_256(bytes), ciphertext);
    }),
};

/** The raw bytes are what is hashed, never their text: the same signature in any spelling gives the same key. */
function needSignature(text: string): Uint8Array {
  const bytes = signatureBytes(text);
  if (bytes === null)
    throw new BlockhostError('chain.bad-signature', 'This is not a message signature of this chain.', {
      remedy: 'Give the 65 bytes that the wallet answered, as 130 hex digits.',
    });
  return bytes;
}

function opened<T>(open: () => T | null): T {
  let result: T | null = null;
  try {
    result = open();
  } catch {
    // The one error below, whatever the cause.
  }
  if (result !== null) return result;
  throw new BlockhostError('chain.undecryptable', 'The data cannot be decrypted with this key.', {
    remedy: 'Check that the data is meant for this host and this wallet.',
  });
}
