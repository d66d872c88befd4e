import { boot, CHAIN_ENGINE, type Presence, resolvePaths, VM_STORE } from '@blockhost/kernel';
import { type ConnectionDetails, publicSecret, type ReadyHost } from './main-job.js';
import { until } from './until.js';

/** What a purchase has led to, as chain and VM store tell it. */
export interface Outcome {
  readonly ok: true;
  readonly vm: string;
  readonly nft_token_id: string;
  readonly owner: string;
  /** These three as the buyer decrypted them. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly nft_contract: string;
  readonly subscription_contract: string;
}

/**
 * Reads a purchase back with a kernel of its own: subscription and credential from the chain, the VM from the store, the
 * details by the buyer's wallet. Throws a sentence when two of them disagree.
 */
export async function readBack(
  { host, devnet }: ReadyHost,
  { subscriptionId, label }: { readonly subscriptionId: bigint; readonly label: string },
  timeoutMs = 90_000,
): Promise<Outcome> {
  const kernel = await boot({ process: 'demo', paths: resolvePaths({ BLOCKHOST_ROOT: host.root }) });
  try {
    const engine = await kernel.get(CHAIN_ENGINE);
    const store = await kernel.get(VM_STORE);
    const contracts = engine.chain.contracts ?? fail('The host has no contracts.');
    const subscription = present('The subscription', await engine.subscriptions.get(subscriptionId));

    const name = `blockhost-${String(subscriptionId).padStart(3, '0')}`;
    const vm = await until(`${name} to be active with its credential`, timeoutMs, async () => {
      const record = await store.get(name);
      return record?.status === 'active' && record.nftMinted ? record : null;
    });
    const tokenId = vm.nftTokenId ?? fail(`${name} has no credential.`);
    const credential = present('The credential', await engine.credentials.get(BigInt(tokenId)));
    if (!engine.addresses.same(credential.owner, subscription.subscriber))
      fail(`Credential ${tokenId} belongs to ${credential.owner}, not to the buyer.`);
    if (!engine.addresses.same(vm.ownerWallet, credential.owner))
      fail(`${name} belongs to ${vm.ownerWallet}, its credential to ${credential.owner}.`);

    const buyer = await devnet.customer(label);
    const details: ConnectionDetails = JSON.parse(await buyer.open(credential.userData, publicSecret));
    if (![vm.fqdn, vm.ipv6, vm.ipv4].includes(details.hostname))
      fail(`The buyer reads ${details.hostname}, which is no address of ${name}.`);
    return {
      ok: true,
      vm: vm.name,
      nft_token_id: tokenId,
      owner: credential.owner,
      host: details.hostname,
      port: details.port,
      username: details.username,
      nft_contract: contracts.credentials,
      subscription_contract: contracts.subscriptions,
    };
  } finally {
    await kernel.stop();
  }
}

function present<T>(what: string, answer: Presence<T>): T {
  if (answer.kind === 'present') return answer.value;
  return fail(`${what} is ${answer.kind}${answer.kind === 'unknown' ? `: ${answer.reason}` : ''}.`);
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
