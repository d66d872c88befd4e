import type { MessageSigning } from '@blockhost/kernel';
import { decodeHex, encodeHex } from '@blockhost/kernel/crypto';
import { bytesToBigInt, recoverMessageAddress } from 'viem';
import { accountOf } from './signing-key.js';

/** Order of secp256k1 (SEC 2, 2.4.1). */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Message signatures of EIP-191 version 0x45, in the strict form of crypto.md 8. */
export const messageSigning: MessageSigning = {
  sign: (message, key) => accountOf(key).signMessage({ message }),

  async recover(message, text) {
    const signature = signatureBytes(text);
    if (signature === null || !provable(signature)) return null;
    try {
      return await recoverMessageAddress({ message, signature: encodeHex(signature) });
    } catch {
      return null; // r is no x coordinate of the curve
    }
  },

  isSignature: (text) => signatureBytes(text) !== null,
};

/**
 * The 65 bytes r ‖ s ‖ v with v normalised to 27 or 28, or null for every other text. Accepts optional `0x` and any case;
 * v of EIP-155 and the short form of EIP-2098 are no message signatures.
 */
export function signatureBytes(text: string): Uint8Array | null {
  if (!/^(?:0x)?[0-9a-fA-F]{130}$/.test(text)) return null;
  const bytes = decodeHex(text);
  const v = bytes[64] ?? Number.NaN;
  if (![0, 1, 27, 28].includes(v)) return null;
  bytes[64] = v < 27 ? v + 27 : v;
  return bytes;
}

/** 0 < r < n and 0 < s ≤ n/2: the malleable second form of each signature is refused (EIP-2). */
function provable(signature: Uint8Array): boolean {
  const r = bytesToBigInt(signature.subarray(0, 32));
  const s = bytesToBigInt(signature.subarray(32, 64));
  return r > 0n && r < N && s > 0n && s <= N / 2n;
}
