import { dirname } from 'node:path';
import {
  BlockhostError,
  type FinalizationStep,
  makeFolder,
  type StepContext,
  writeFileAtomic,
} from '@blockhost/kernel';
import { ADMIN_SIGNATURE_KEY, BLOCKHOST_YAML, SERVER_KEY } from '@blockhost/kernel/host-files';
import { EVM_WEB3_DEFAULTS } from '../host-settings.js';
import { parseKey } from '../signing-key.js';
import { administrator, answersOf, stablecoinOf } from './answers.js';

const SERVER_KEY_FILE = '/etc/blockhost/server.key';
const DEPLOYER_KEY_FILE = '/etc/blockhost/deployer.key';

/** Writes what the host's programs read about the chain (engine.md 8.4, host.md 1.3). Keys of others stay. */
export const chainConfig: FinalizationStep = {
  id: 'chain_config',
  label: "Write the chain's configuration",
  rerunnable: true,
  secrets: ['admin.signature'],
  async run(context) {
    const { config, paths } = context;
    const answers = answersOf(context);
    const { wallet, publicSecret } = administrator(context);
    const serverPublicKey = resultOf(context, 'keypair', 'server_public_key');
    const credentials = resultOf(context, 'contracts', 'nft_contract');
    const subscriptions = resultOf(context, 'contracts', 'subscription_contract');

    await config.update(EVM_WEB3_DEFAULTS, (present) => ({
      ...present,
      blockchain: {
        ...present?.blockchain,
        chain_id: answers.chain_id,
        rpc_url: answers.rpc_url,
        ...(answers.rpc_urls ? { rpc_urls: answers.rpc_urls } : {}),
        ...(answers.uniswap_v2 ? { uniswap_v2: answers.uniswap_v2 } : {}),
        nft_contract: credentials,
        subscription_contract: subscriptions,
        usdc_address: stablecoinOf(answers),
        server_public_key: serverPublicKey,
        deploy_block: Number(resultOf(context, 'contracts', 'deploy_block')),
      },
      auth: { otp_length: 6, otp_ttl_seconds: 300, ...present?.auth, public_secret: publicSecret },
      signing_page: {
        html_path: '/usr/share/blockhost/signing-page/index.html',
        port: 8443,
        ...present?.signing_page,
      },
      deployer: { ...present?.deployer, private_key_file: DEPLOYER_KEY_FILE },
      server: { ...present?.server, public_key: serverPublicKey },
    }));

    const server = parseKey(await config.read(SERVER_KEY));
    await config.update(BLOCKHOST_YAML, (present) => ({
      ...present,
      server: { ...present?.server, address: server.address, key_file: SERVER_KEY_FILE },
      deployer: { ...present?.deployer, key_file: DEPLOYER_KEY_FILE },
      server_public_key: serverPublicKey,
      public_secret: publicSecret,
      contract_address: subscriptions,
      admin: {
        max_command_age: 300,
        destination_mode: 'self' as const,
        ...present?.admin,
        wallet_address: wallet,
      },
    }));

    await config.write(ADMIN_SIGNATURE_KEY, context.secret('admin.signature'));

    const environment = paths.resolve('/opt/blockhost/.env');
    await makeFolder(dirname(environment), 0o755);
    const variables = {
      RPC_URL: answers.rpc_url,
      BLOCKHOST_CONTRACT: subscriptions,
      NFT_CONTRACT: credentials,
      DEPLOYER_KEY_FILE,
    };
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    await writeFileAtomic(environment, lines.join(''), 0o640);
    return { status: 'completed' };
  },
};

function resultOf({ results }: StepContext, step: string, name: string): string {
  const value = results[step]?.[name];
  if (value === undefined)
    throw new BlockhostError('setup.step-missing', `The step "${step}" has not run yet.`, {
      remedy: 'Run the steps in their order.',
    });
  return value;
}
