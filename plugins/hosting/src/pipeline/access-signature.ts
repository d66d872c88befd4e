import { BlockhostError } from '@blockhost/kernel';
import { SERVER_KEY } from '@blockhost/kernel/host-files';
import type { Entry } from './entry.js';
import type { StageContext } from './stage.js';

const LONGEST_CIPHERTEXT_BYTES = 2_048;

/**
 * The signature a buyer attached to the purchase: the key to its connection details. Opened when needed, never stored.
 * null when the purchase carries none. Throws `pipeline.undecryptable`, which no retry mends, and
 * `pipeline.no-server-key`, which an operator mends.
 */
export async function accessSignature(
  entry: Pick<Entry, 'userEncrypted'>,
  { chain, config }: Pick<StageContext, 'chain' | 'config'>,
): Promise<string | null> {
  const sealed = entry.userEncrypted;
  if (sealed === null || sealed === '0x') return null;
  if ((sealed.length - 2) / 2 > LONGEST_CIPHERTEXT_BYTES)
    throw undecryptable('The data attached to the purchase is too long.');
  const serverKey = await config.read(SERVER_KEY).catch((cause: unknown) => {
    throw new BlockhostError('pipeline.no-server-key', 'The key of this host cannot be read.', {
      cause,
      remedy: 'Restore server.key from the backup and make it readable for the service; the purchase waits.',
    });
  });
  let signature: string;
  try {
    signature = chain.cipher.openPurchase(sealed, serverKey);
  } catch (cause) {
    throw undecryptable(
      'The data attached to the purchase cannot be decrypted with the key of this host.',
      cause,
    );
  }
  if (!chain.messages.isSignature(signature))
    throw undecryptable('The data attached to the purchase is not a wallet signature.');
  return signature;
}

function undecryptable(sentence: string, cause?: unknown): BlockhostError {
  return new BlockhostError('pipeline.undecryptable', sentence, {
    cause,
    remedy: 'Ask the buyer to purchase again on the signup page of this host, or refund the payment.',
  });
}
