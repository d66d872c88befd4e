import {
  ACTIVATE,
  type Activatable,
  type ActivationContext,
  CONFIG,
  type HostConfig,
  inject,
  injectable,
} from '@blockhost/kernel';
import { addressCodec } from './address-codec.js';
import { type EvmChainEngine, type EvmSettings, evmEngine } from './evm-engine.js';
import { findSettings } from './find-settings.js';
import { messageSigning } from './message-signature.js';
import { keyCodec } from './signing-key.js';
import { userDataCipher } from './user-data-cipher.js';

const notYetRead: EvmSettings = { chainId: 0, rpcUrls: [], contracts: null };

/** The `chain-engine` port of this host, as `web3-defaults.yaml` describes its chain. */
@injectable()
export default class EvmEngine implements EvmChainEngine, Activatable {
  readonly addresses = addressCodec;
  readonly keys = keyCodec;
  readonly messages = messageSigning;
  readonly cipher = userDataCipher;
  #engine: EvmChainEngine = evmEngine(notYetRead);

  constructor(@inject(CONFIG) private readonly config: HostConfig) {}

  async [ACTIVATE](context: ActivationContext): Promise<void> {
    const settings = await findSettings(this.config, process.env);
    if (settings === null)
      return context.decline(
        'There is no web3-defaults.yaml: run "blockhost setup" to choose a chain, or restore the file from a backup.',
      );
    this.#engine = evmEngine(settings);
  }

  get chain() {
    return this.#engine.chain;
  }
  get blocks() {
    return this.#engine.blocks;
  }
  get transactions() {
    return this.#engine.transactions;
  }
  get credentials() {
    return this.#engine.credentials;
  }
  get subscriptions() {
    return this.#engine.subscriptions;
  }
  get plans() {
    return this.#engine.plans;
  }
  get funds() {
    return this.#engine.funds;
  }
  get accounts() {
    return this.#engine.accounts;
  }
  get swap() {
    return this.#engine.swap;
  }
  get adminCommands() {
    return this.#engine.adminCommands;
  }
}
