import type {
  ChainEngine,
  FinalizationStep,
  SigningKey,
  StepContext,
  TransactionDraft,
} from '@blockhost/kernel';
import type { Address } from 'viem';
import { parseAddress } from '../address-codec.js';
import { deployCredentials, deployedAddress, deploySubscriptions } from '../deployment.js';
import { ensureOnChain } from '../ensure-on-chain.js';
import { EVM_WEB3_DEFAULTS } from '../host-settings.js';
import { known } from '../known.js';
import { Nodes } from '../nodes.js';
import { requireOwnContract } from '../owned-contract.js';
import { answersOf, type EvmAnswers } from './answers.js';
import { answeredEngine, deployer } from './host.js';

interface Deployed {
  readonly address: Address;
  readonly height: number;
}

/** Deploys the credential and the subscription contract, or takes over those that the wallet owns. */
export const contracts: FinalizationStep = {
  id: 'contracts',
  label: 'Deploy the contracts',
  hint: 'about a minute',
  timeoutMs: 720_000,
  async run(context) {
    const answers = answersOf(context);
    const key = await deployer(context);
    const [credentials, subscriptions] =
      answers.contract_mode === 'existing'
        ? await existing(context, answers, key)
        : await deploy(context, answers, key);
    return {
      status: 'completed',
      data: {
        nft_contract: credentials.address,
        subscription_contract: subscriptions.address,
        deploy_block: String(Math.min(credentials.height, subscriptions.height)),
      },
    };
  },
};

/** One after the other, each found again by its own note: a failure of the second never orphans the first. */
async function deploy(
  context: StepContext,
  answers: EvmAnswers,
  key: SigningKey,
): Promise<[Deployed, Deployed]> {
  const engine = answeredEngine(answers);
  const recorded = await recordedContracts(context, answers);
  const one = (name: 'credentials' | 'subscriptions', draft: () => TransactionDraft) =>
    ensureOnChain<Deployed>(context, {
      name,
      engine,
      key,
      draft,
      async look() {
        const found = recorded?.[name] ?? null;
        if (found !== null) await verify(answers, found.address, key, context);
        return found;
      },
      async read({ transaction, height }) {
        const address = deployedAddress(transaction);
        await verify(answers, address, key, context);
        return { address, height };
      },
    });
  return [await one('credentials', deployCredentials), await one('subscriptions', deploySubscriptions)];
}

/** Contracts of an earlier set-up of this host, when it was for the same chain. */
async function recordedContracts({ config }: StepContext, { chain_id }: EvmAnswers) {
  const { blockchain } = (await config.find(EVM_WEB3_DEFAULTS)) ?? {};
  if (blockchain?.chain_id !== chain_id) return null;
  const height = blockchain.deploy_block;
  return {
    credentials: { address: parseAddress(blockchain.nft_contract), height },
    subscriptions: { address: parseAddress(blockchain.subscription_contract), height },
  };
}

async function existing(
  context: StepContext,
  answers: EvmAnswers,
  key: SigningKey,
): Promise<[Deployed, Deployed]> {
  const height = answers.deploy_block ?? (await firstSeenHeight(context, answeredEngine(answers)));
  const one = async (address: string) => {
    const deployed = { address: parseAddress(address), height };
    await verify(answers, deployed.address, key, context);
    return deployed;
  };
  return [await one(answers.nft_contract ?? ''), await one(answers.subscription_contract ?? '')];
}

/** The head at the first run of this step: later runs must not skip what was bought in between. */
async function firstSeenHeight({ journal }: StepContext, engine: ChainEngine): Promise<number> {
  const noted = journal.get<number>('head');
  if (noted !== undefined) return noted;
  const head = known('The head', await engine.blocks.head())?.height ?? 0;
  await journal.put('head', head);
  return head;
}

/** A contract lives there and belongs to the wallet. */
function verify(
  answers: EvmAnswers,
  address: Address,
  key: SigningKey,
  { signal }: StepContext,
): Promise<void> {
  const nodes = new Nodes(answers.chain_id, [answers.rpc_url, ...(answers.rpc_urls ?? [])]);
  return requireOwnContract(nodes, address, key, signal);
}
