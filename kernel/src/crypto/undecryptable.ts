import { BlockhostError } from '../errors/blockhost-error.js';

/**
 * The one answer to every message that cannot be opened, whatever the reason: no cause, no key, no plaintext, so that an
 * attacker learns nothing from it (crypto.md 1).
 */
export function undecryptable(): BlockhostError {
  return new BlockhostError('crypto.undecryptable', 'The message cannot be decrypted with this key.', {
    remedy: 'Check that the right key is used and that the message was copied whole.',
  });
}
