import { decodeHex, encodeHex } from './hex.js';
import { openBox, sealBox } from './sealed-box.js';
import { undecryptable } from './undecryptable.js';

/** A sealed box around UTF-8 text, carried as `0x` hex (crypto.md 3). `key` has 32 bytes. */
export function sealText(key: Uint8Array, plaintext: string): `0x${string}` {
  return encodeHex(sealBox(key, new TextEncoder().encode(plaintext)));
}

/** Throws `crypto.undecryptable`, also for bad hex and for authentic data that is not UTF-8. */
export function openText(key: Uint8Array, sealed: string): string {
  return decoded(() => openBox(key, decodeHex(sealed)));
}

/** Strictly decoded UTF-8 of what `open` answers; every failure is `crypto.undecryptable`. */
export function decoded(open: () => Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(open());
  } catch {
    throw undecryptable();
  }
}
