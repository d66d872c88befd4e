import { createECDH, type ECDH, randomBytes } from 'node:crypto';
import { BlockhostError } from '../errors/blockhost-error.js';
import { encodeHex } from './hex.js';

const CURVE = 'secp256k1';
/** Order of secp256k1 (SEC 2, 2.4.1). */
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** A new secp256k1 private key, 32 bytes from the system's generator. */
export function generatePrivateKey(): Uint8Array {
  for (;;) {
    const key = new Uint8Array(randomBytes(32));
    if (isPrivateKey(key)) return key;
  }
}

/**
 * Reads the text of a private key file: one line of 64 hex digits, optional `0x`, surrounding white space ignored, a
 * number from 1 to n−1 (crypto.md 1). Throws `crypto.bad-key` without quoting the text.
 */
export function parsePrivateKey(text: string): Uint8Array {
  const key = bytesOf(text);
  if (isPrivateKey(key)) return key;
  throw new BlockhostError('crypto.bad-key', 'This is not a private key.', {
    remedy: 'Give 64 hex digits of a number below n on one line, with or without "0x".',
  });
}

/** The text of a private key file: 64 hex digits, no `0x`, one newline (host.md 1.3). */
export function privateKeyText(key: Uint8Array): string {
  return `${encodeHex(key).slice(2)}\n`;
}

/** Uncompressed public key, 65 bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return new Uint8Array(pairOf(privateKey).getPublicKey());
}

/** A private key as Node's half of a key agreement. */
export function pairOf(privateKey: Uint8Array): ECDH {
  const pair = createECDH(CURVE);
  pair.setPrivateKey(privateKey);
  return pair;
}

/**
 * Reads an uncompressed public key: `04` and 128 hex digits, optional `0x`, a point on the curve. Throws
 * `crypto.bad-public-key`.
 */
export function parsePublicKey(text: string): Uint8Array {
  const key = bytesOf(text);
  if (key.length === 65 && key[0] === 4 && isPoint(key)) return key;
  throw new BlockhostError('crypto.bad-public-key', 'This is not a public key of secp256k1.', {
    remedy: 'Give the uncompressed form, "04" and 128 hex digits, with or without "0x".',
  });
}

function isPrivateKey(key: Uint8Array): boolean {
  if (key.length !== 32) return false;
  const value = BigInt(encodeHex(key));
  return value > 0n && value < N;
}

/** Agreeing on a key with the private key 1 fails for what does not lie on the curve. */
function isPoint(key: Uint8Array): boolean {
  try {
    pairOf(Uint8Array.of(1)).computeSecret(key);
    return true;
  } catch {
    return false;
  }
}

/** None for what is no hex. */
function bytesOf(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, '');
  return new Uint8Array(/^(?:[0-9a-fA-F]{2})+$/.test(digits) ? Buffer.from(digits, 'hex') : []);
}
