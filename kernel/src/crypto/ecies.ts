import { hkdfSync } from 'node:crypto';
import { decodeHex, encodeHex } from './hex.js';
import { generatePrivateKey, pairOf, publicKeyOf } from './key-file.js';
import { openBox, sealBox } from './sealed-box.js';
import { decoded } from './sealed-text.js';
import { undecryptable } from './undecryptable.js';

/** Length of an uncompressed point: `04` ‖ x ‖ y (SEC 1, 2.3.3). */
const POINT = 65;
const empty = new Uint8Array();

/**
 * Engine ECIES (crypto.md 2.1): ephemeral public key 65 ‖ IV 12 ‖ ciphertext ‖ tag 16. The AES key is HKDF-SHA256 with
 * empty salt and info (RFC 5869) over the 32-byte x coordinate of the shared point.
 *
 * @param recipient uncompressed public key, 65 bytes
 */
export function sealTo(recipient: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const ephemeral = generatePrivateKey();
  const box = sealBox(messageKey(ephemeral, recipient), plaintext);
  return new Uint8Array(Buffer.concat([publicKeyOf(ephemeral), box]));
}

/** Opens what {@link sealTo} made with the recipient's 32-byte private key. Throws `crypto.undecryptable`. */
export function openFrom(privateKey: Uint8Array, message: Uint8Array): Uint8Array {
  const point = message.subarray(0, POINT);
  // OpenSSL also knows compressed and hybrid points, which this format does not.
  if (point.length !== POINT || point[0] !== 4) throw undecryptable();
  try {
    return openBox(messageKey(privateKey, point), message.subarray(POINT));
  } catch {
    throw undecryptable();
  }
}

/** {@link sealTo} for UTF-8 text, as `0x` hex. */
export function sealTextTo(recipient: Uint8Array, plaintext: string): `0x${string}` {
  return encodeHex(sealTo(recipient, new TextEncoder().encode(plaintext)));
}

/** Opens what {@link sealTextTo} made; strict hex and UTF-8. Throws `crypto.undecryptable`. */
export function openTextFrom(privateKey: Uint8Array, message: string): string {
  return decoded(() => openFrom(privateKey, decodeHex(message)));
}

/** Throws when the public key is no point of the curve. */
function messageKey(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const x = pairOf(privateKey).computeSecret(publicKey);
  return new Uint8Array(hkdfSync('sha256', x, empty, empty, 32));
}
