import { BlockhostError } from '../errors/blockhost-error.js';

/**
 * Strict base64 (RFC 4648 section 4): standard alphabet, padding, canonical trailing bits, no white space. Throws
 * `crypto.bad-base64`.
 */
export function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what it does not know, so only a text that comes back unchanged was canonical.
  if (bytes.toString('base64') !== text)
    throw new BlockhostError('crypto.bad-base64', 'This is not base64 in its canonical form.', {
      remedy: 'Check that the text was copied whole, with its trailing "=" signs.',
    });
  return new Uint8Array(bytes);
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
