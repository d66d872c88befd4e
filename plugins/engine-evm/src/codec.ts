import { type ChainCodec, injectable } from '@blockhost/kernel';
import { addressCodec } from './address-codec.js';
import { messageSigning } from './message-signature.js';
import { keyCodec } from './signing-key.js';
import { userDataCipher } from './user-data-cipher.js';

/**
 * The `chain-codec` port: what the engine knows without a network or a set-up. Keys that it reads sign transactions of
 * the engine in the same process.
 */
@injectable()
export default class EvmCodec implements ChainCodec {
  readonly addresses = addressCodec;
  readonly keys = keyCodec;
  readonly messages = messageSigning;
  readonly cipher = userDataCipher;
}
