import type { StepContext } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, type AddressbookJson, BROKER_ALLOCATION_JSON } from '@blockhost/kernel/host-files';
import { parseAddress } from '../address-codec.js';
import { administrator, answersOf } from './answers.js';
import { deployer } from './host.js';

/** Wallet of BlockHost's developers on EVM chains (engine.md 8.5). */
const DEVELOPERS = '0xe35B5D114eFEA216E6BB5Ff15C261d25dB9E2cb9';

/** Adds the wallets this host knows for certain; an entry that is there stays as it is. Answers the whole book. */
export async function recordWallets(context: StepContext): Promise<Readonly<Record<string, unknown>>> {
  const { config } = context;
  const answers = answersOf(context);
  const broker = (await config.find(BROKER_ALLOCATION_JSON))?.broker_wallet;
  const wallets: AddressbookJson = {
    admin: { address: administrator(context).wallet },
    server: { address: (await deployer(context)).address, keyfile: '/etc/blockhost/deployer.key' },
    ...(answers.revenue_share_enabled && answers.revenue_share_dev ? { dev: { address: DEVELOPERS } } : {}),
    ...(answers.revenue_share_enabled && answers.revenue_share_broker && broker !== undefined
      ? { broker: { address: parseAddress(broker) } }
      : {}),
  };
  return config.update(ADDRESSBOOK_JSON, (present) => ({ ...wallets, ...present }));
}
