import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boot,
  CHAIN_ENGINE,
  type ChainEngine,
  type ChainEngineCapabilities,
  createLogger,
  type Presence,
  resolvePaths,
  type SigningKey,
} from '@blockhost/kernel';
import { parse, stringify } from 'yaml';
import { type EvmHost, startHost } from './evm-host.js';
import { runSteps } from './steps.js';

export const publicSecret = 'blockhost-access@test';

type Engine = ChainEngine & Partial<ChainEngineCapabilities>;

/** A host that is set up, and engines that see its chain through any nodes. */
export interface ReadyHost extends EvmHost {
  /** Owner of the contracts. */
  readonly owner: SigningKey;
  /** The engine with these nodes in place of the chain's own, and settings changed in `web3-defaults.yaml`. */
  engineVia(rpcUrls: readonly string[], changes?: Readonly<Record<string, unknown>>): Promise<Engine>;
}

export async function readyHost(): Promise<ReadyHost> {
  const host = await startHost();
  const admin = await host.devnet.customer('admin');
  const { deployer_key, ...blockchain } = host.devnet.answers;
  await runSteps(host.kernel, host.root, {
    blockchain,
    admin: { wallet_address: admin.address, public_secret: publicSecret },
    secrets: { deployer_key: String(deployer_key), 'admin.signature': await admin.sign(publicSecret) },
  });
  const kernels = [host.kernel];
  const file = parse(await readFile(join(host.root, 'etc/blockhost/web3-defaults.yaml'), 'utf8'));

  const engineVia: ReadyHost['engineVia'] = async ([rpc_url, ...rpc_urls], changes = {}) => {
    const folder = await mkdtemp(join(host.root, 'config-'));
    const blockchain = { ...file.blockchain, rpc_url, rpc_urls, ...changes };
    await writeFile(join(folder, 'web3-defaults.yaml'), stringify({ ...file, blockchain }));
    const paths = resolvePaths({ BLOCKHOST_ROOT: host.root, BLOCKHOST_CONFIG_DIR: folder });
    const kernel = await boot({ process: 'test', paths, log: createLogger({ level: 'error' }) });
    kernels.push(kernel);
    return kernel.get(CHAIN_ENGINE);
  };
  const { keys } = await engineVia([host.devnet.rpcUrl]);
  return {
    ...host,
    owner: keys.parse(String(deployer_key)),
    engineVia,
    async stop() {
      for (const kernel of kernels) await kernel.stop();
      await host.stop();
    },
  };
}

/** The value of an answer that must be present. */
export function found<T>(answer: Presence<T>): T {
  if (answer.kind !== 'present')
    throw new Error(`it is ${answer.kind}${answer.kind === 'unknown' ? `: ${answer.reason}` : ''}`);
  return answer.value;
}
