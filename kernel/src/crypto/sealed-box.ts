import { gcm } from '@noble/ciphers/aes.js';
import { concatBytes, randomBytes } from '@noble/ciphers/utils.js';
import { undecryptable } from './undecryptable.js';

const IV = 12;
const TAG = 16;

/** AES-256-GCM without associated data (SP 800-38D); answers IV 12 ‖ ciphertext ‖ tag 16 with a fresh random IV. */
export function sealBox(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const iv = randomBytes(IV);
  return concatBytes(iv, gcm(key, iv).encrypt(plaintext));
}

/** Opens what {@link sealBox} made. Throws `crypto.undecryptable`. */
export function openBox(key: Uint8Array, box: Uint8Array): Uint8Array {
  if (box.length < IV + TAG) throw undecryptable();
  try {
    return gcm(key, box.subarray(0, IV)).decrypt(box.subarray(IV));
  } catch {
    throw undecryptable();
  }
}
