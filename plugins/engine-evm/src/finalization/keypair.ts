import { BlockhostError, type FinalizationStep } from '@blockhost/kernel';
import {
  encodeHex,
  generatePrivateKey,
  parsePrivateKey,
  parsePublicKey,
  privateKeyText,
  publicKeyOf,
} from '@blockhost/kernel/crypto';
import { SERVER_KEY, SERVER_PUBKEY } from '@blockhost/kernel/host-files';

/** The host's own key pair: buyers encrypt to it, the host alone reads (engine.md 8.4). An existing one is never replaced. */
export const keypair: FinalizationStep = {
  id: 'keypair',
  label: "Make the host's own key pair",
  async run({ config }) {
    const [present, publicText] = await Promise.all([config.find(SERVER_KEY), config.find(SERVER_PUBKEY)]);
    if (present === null && publicText !== null)
      throw mismatch('There is a server.pubkey without its server.key.');
    const key = present === null ? generatePrivateKey() : parsePrivateKey(present);
    const publicKey = encodeHex(publicKeyOf(key));
    if (publicText !== null && encodeHex(parsePublicKey(publicText)) !== publicKey)
      throw mismatch('server.pubkey does not belong to server.key.');
    // The private half first: the public one can always be derived again.
    if (present === null) await config.write(SERVER_KEY, privateKeyText(key).trim());
    if (publicText === null) await config.write(SERVER_PUBKEY, publicKey);
    return { status: 'completed', data: { server_public_key: publicKey } };
  },
};

function mismatch(sentence: string): BlockhostError {
  return new BlockhostError('setup.key-mismatch', sentence, {
    remedy: 'Put back the file that belongs to the other, or move the wrong one out of /etc/blockhost.',
  });
}
