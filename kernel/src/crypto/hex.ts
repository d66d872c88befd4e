import { BlockhostError } from '../errors/blockhost-error.js';

/** Strict hex (crypto.md 1): even length, digits only, optional `0x`, any case. Throws `crypto.bad-hex`. */
export function decodeHex(text: string): Uint8Array {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits))
    throw new BlockhostError('crypto.bad-hex', 'This is not hex: an even number of the digits 0-9 and a-f.', {
      remedy: 'Check that the text was copied whole.',
    });
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** `0x` and lower-case digits. */
export function encodeHex(bytes: Uint8Array): `0x${string}` {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;
}
