import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { undecryptable } from './undecryptable.js';

const IV = 12;
const TAG = 16;
const ALGORITHM = 'aes-256-gcm';

/** AES-256-GCM without associated data (SP 800-38D); answers IV 12 ‖ ciphertext ‖ tag 16 with a fresh random IV. */
export function sealBox(key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const iv = randomBytes(IV);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG });
  const sealed = [iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(sealed));
}

/** Opens what {@link sealBox} made. Throws `crypto.undecryptable`. */
export function openBox(key: Uint8Array, box: Uint8Array): Uint8Array {
  if (box.length < IV + TAG) throw undecryptable();
  try {
    const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, IV), { authTagLength: TAG });
    decipher.setAuthTag(box.subarray(-TAG));
    // The second of them throws when the tag does not fit.
    return new Uint8Array(Buffer.concat([decipher.update(box.subarray(IV, -TAG)), decipher.final()]));
  } catch {
    throw undecryptable();
  }
}
