import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boot,
  CHAIN_ENGINE,
  type ChainEngine,
  type Customer,
  DEVNET,
  type Kernel,
  type RunningDevnet,
  resolvePaths,
} from '@blockhost/kernel';
import { NETWORK } from '../libvirt/own-libvirt.js';
import { type DemoHost, freePort } from './host.js';
import { until } from './until.js';

export const publicSecret = 'blockhost-access@demo';

/** A host that has been set up on a private chain, with its chain, kernel and customers. */
export interface ReadyHost {
  readonly host: DemoHost;
  readonly kernel: Kernel;
  readonly devnet: RunningDevnet;
  readonly engine: ChainEngine;
  readonly admin: Customer;
  readonly answersFile: string;
  stop(): Promise<void>;
}

/** Starts the private chain and writes the answers file an operator would write by hand. */
export async function startChain(host: DemoHost) {
  const kernel = await boot({ process: 'demo', paths: resolvePaths({ BLOCKHOST_ROOT: host.root }) });
  const abort = new AbortController();
  const devnet = await (await kernel.get(DEVNET)).start({
    folder: join(host.root, 'devnet'),
    port: await freePort(),
    signal: abort.signal,
  });
  const admin = await devnet.customer('admin');
  const answersFile = join(host.root, 'answers.yaml');
  const answers = {
    admin: {
      wallet_address: admin.address,
      public_secret: publicSecret,
      signature: await admin.sign(publicSecret),
    },
    blockchain: devnet.answers,
    ...(host.plugins.includes('provisioner-libvirt') && { libvirt: libvirtNetwork }),
    ...(host.plugins.includes('provisioner-sandbox') && { sandbox: sandboxNetwork(process.pid) }),
  };
  await writeFile(answersFile, JSON.stringify(answers, null, 2), { mode: 0o600 });
  const stop = async () => {
    await kernel.stop();
    await devnet.stop();
    abort.abort();
  };
  return { kernel, devnet, admin, answersFile, stop };
}

/** That of the libvirt which the demonstration starts. */
const libvirtNetwork = {
  domain_type: 'qemu',
  template_kind: 'mini',
  ip_network: `${NETWORK}.0/24`,
  ip_start: `${NETWORK}.10`,
  ip_end: `${NETWORK}.250`,
  gateway: `${NETWORK}.1`,
};

/** Several demonstration hosts may run on one machine: the addresses of each are its process's own. */
function sandboxNetwork(pid: number) {
  const prefix = `127.${78 + (pid & 15)}.${(pid >> 4) & 255}`;
  return {
    ip_network: `${prefix}.0/24`,
    ip_start: `${prefix}.10`,
    ip_end: `${prefix}.250`,
    gateway: `${prefix}.1`,
  };
}

/** Sets the host up with its own command. */
export async function setUp(host: DemoHost, onLine: (line: string) => void): Promise<ReadyHost> {
  const chain = await startChain(host);
  try {
    const { code, stderr } = await host.start(['setup', '--config', chain.answersFile], { onLine }).ended;
    if (code !== 0) throw new Error(`The set-up failed:\n${stderr}`);
    const engine = await chain.kernel.get(CHAIN_ENGINE);
    return { host, engine, ...chain };
  } catch (error) {
    await chain.stop();
    throw error;
  }
}

export interface Purchase {
  readonly customer: Customer;
  readonly subscriptionId: bigint;
  readonly transactionHash: string;
}

/** A customer buys a plan, the first on sale unless told, as the signup page would do it. */
export async function buy(
  { engine, devnet, host }: ReadyHost,
  label: string,
  { days = 30, planId }: { readonly days?: number; readonly planId?: bigint } = {},
): Promise<Purchase> {
  const customer = await devnet.customer(label);
  const plans = await engine.plans.list();
  if (plans.kind !== 'present') throw new Error('The plans cannot be read from the chain.');
  const onSale = plans.value.filter(({ active }) => active);
  const plan = planId === undefined ? onSale[0] : onSale.find(({ id }) => id === planId);
  const contracts = engine.chain.contracts;
  if (!plan || !contracts)
    throw new Error(
      `There is no such plan on sale; plans are ${onSale.map(({ id, name }) => `${id} (${name})`).join(', ')}.`,
    );
  const serverPublicKey = (
    await readFile(join(host.root, 'etc/blockhost/server.pubkey'), 'utf8')
  ).trim() as `0x${string}`;
  const bought = await customer.buy({
    subscriptions: contracts.subscriptions,
    planId: plan.id,
    days,
    serverPublicKey,
    publicSecret,
  });
  return { customer, ...bought };
}

/** Connection details as a customer reads them. */
export interface ConnectionDetails {
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
}

/** Waits for the credential of a purchase and opens it with the customer's wallet. */
export async function openCredential({ engine }: ReadyHost, { customer }: Purchase, timeoutMs = 60_000) {
  const tokenId = await until('the credential', timeoutMs, async () => {
    const owned = await engine.credentials.ownedBy(customer.address);
    return owned.kind === 'present' ? owned.value.at(-1) : null;
  });
  const credential = await engine.credentials.get(tokenId);
  if (credential.kind !== 'present') throw new Error(`Credential ${tokenId} cannot be read.`);
  const text = await customer.open(credential.value.userData, publicSecret);
  return { tokenId, details: JSON.parse(text) as ConnectionDetails };
}
