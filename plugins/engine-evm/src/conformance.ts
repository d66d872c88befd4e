import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningDevnet } from '@blockhost/kernel';
import type { ChainEngineSubject, ConformanceCustomer } from '@blockhost/kernel/testing';
import { deployCredentials, deployedAddress, deploySubscriptions } from './deployment.js';
import { DEVNET_CHAIN_ID } from './devnet/anvil.js';
import { DevnetWallet } from './devnet/wallet.js';
import { Wire } from './devnet/wire.js';
import EvmDevnet from './devnet.js';
import { evmEngine } from './evm-engine.js';

interface Subject extends ChainEngineSubject {
  dispose(): Promise<void>;
}

/** What `blockhost plugins check` runs the port's conformance suite with: contracts on a devnet of its own. */
export default {
  port: 'chain-engine',

  async setup(): Promise<Subject> {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-evm-'));
    const { signal } = new AbortController();
    const devnet = await new EvmDevnet().start({ folder, port: 0, signal });
    const wire = await Wire.to(new URL(devnet.rpcUrl));
    const settings = { chainId: DEVNET_CHAIN_ID, rpcUrls: [wire.url] };
    const wallet = new DevnetWallet(
      'deployer',
      evmEngine({ ...settings, contracts: null }).transactions,
      signal,
    );
    const nft = await wallet.send(deployCredentials());
    const contracts = {
      credentials: deployedAddress(nft),
      subscriptions: deployedAddress(await wallet.send(deploySubscriptions())),
      deployHeight: nft.signedAtHeight,
    };
    const engine = evmEngine({ ...settings, contracts });
    await wallet.send(engine.plans.setStablecoin(String(devnet.answers.stablecoin)));
    return {
      engine,
      owner: wallet.key,
      newCustomer: () => newCustomer(devnet, contracts.subscriptions),
      async breakChain() {
        wire.cut = true;
        return async () => {
          wire.cut = false;
        };
      },
      async dispose() {
        await wire.close();
        await devnet.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },

  teardown: ({ dispose }: Subject) => dispose(),
};

let customers = 0;

async function newCustomer(devnet: RunningDevnet, subscriptions: string): Promise<ConformanceCustomer> {
  customers += 1;
  const customer = await devnet.customer(`conformance ${customers}`);
  return {
    ...customer,
    buy: (order) => customer.buy({ subscriptions, ...order }),
    extend: (order) => customer.extend({ subscriptions, ...order }),
  };
}
