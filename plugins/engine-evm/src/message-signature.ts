import type { Hex, MessageSigning, SigningKey } from '@blockhost/kernel';
import { decodeHex, encodeHex } from '@blockhost/kernel/crypto';
import { addressOf, type EvmAddress } from './address-codec.js';
import { concatBytes, keccak_256, secp256k1, utf8ToBytes } from './libraries.js';
import { secretOf } from './signing-key.js';

/** Message signatures of EIP-191 version 0x45, in the strict form of crypto.md 8. */
export const messageSigning: MessageSigning = {
  async sign(message, key) {
    return signMessage(message, key);
  },
  async recover(message, text) {
    return recoverSigner(message, text);
  },
  isSignature: (text) => signatureBytes(text) !== null,
};

/** r ‖ s ‖ v; the same each time, because the nonce follows from key and message (RFC 6979). */
function signMessage(message: string, key: SigningKey): Hex {
  const options = { prehash: false, format: 'recovered' } as const;
  const signature = secp256k1.sign(digestOf(message), secretOf(key), options);
  return encodeHex(concatBytes(signature.subarray(1), Uint8Array.of((signature[0] ?? 0) + 27)));
}

function recoverSigner(message: string, text: string): EvmAddress | null {
  const bytes = signatureBytes(text);
  if (bytes === null) return null;
  const recovered = concatBytes(Uint8Array.of((bytes[64] ?? 0) - 27), bytes.subarray(0, 64));
  try {
    const signature = secp256k1.Signature.fromBytes(recovered, 'recovered');
    // The malleable second form of each signature is refused (EIP-2).
    if (signature.hasHighS()) return null;
    return addressOf(signature.recoverPublicKey(digestOf(message)).toBytes(false));
  } catch {
    return null; // r or s is zero or not below n, or r is no x coordinate of the curve
  }
}

/** The length counts bytes, not letters. */
function digestOf(message: string): Uint8Array {
  const bytes = utf8ToBytes(message);
  return keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${bytes.length}`), bytes));
}

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
