import type { SignedTransaction } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { known } from '../../address-codec.js';
import { ChainCommand, dryRun, timeout, type Wallet } from '../../chain-command.js';
import { deployedAddress, deployments } from '../../deployment.js';
import { type ChainTask, ensureOnChain } from '../../ensure-on-chain.js';
import { knownChain } from '../../known-chains.js';
import { requireOwnContract } from '../../owned-contract.js';
import { costOf, requireFunds } from '../../transaction-cost.js';

type ContractName = keyof typeof deployments;

interface Outcome {
  readonly contract: ContractName;
  readonly status: 'deployed' | 'pending' | 'predicted';
  readonly address: string;
  readonly transaction?: string;
  readonly height?: number;
}

export default class ContractsDeploy extends ChainCommand {
  static override summary = 'Deploy the contracts of this host, or one contract';
  static override description =
    `Without a name: the credential contract (nft), then the subscription contract (pos).
Prints the address of each as soon as it is confirmed and answers.
A command that was cut off, or ended with exit code 3, is finished by giving it again.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> pos --json',
    '<%= config.bin %> <%= command.id %> broker-requests --dry-run',
  ];
  static override enableJsonFlag = true;
  static override args = {
    contract: Args.string({
      name: 'CONTRACT',
      description: 'only this one',
      options: Object.keys(deployments),
    }),
  };
  static override flags = { 'dry-run': dryRun, timeout: timeout(300) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ContractsDeploy);
    const contracts = args.contract ? [args.contract as ContractName] : (['nft', 'pos'] as const);
    const wallet = await this.wallet();
    const noteOf = (contract: ContractName) => `${wallet.chainId}-${wallet.key.address}-deploy-${contract}`;
    const task = await this.task(contracts.map(noteOf));

    const predicted = await this.#predict(wallet, contracts, (contract) =>
      task.journal.transaction(noteOf(contract)),
    );
    if (flags['dry-run'])
      return this.result(
        predicted,
        predicted.map(({ address }) => address),
      );

    const outcomes: Outcome[] = [];
    const tell = (outcome: Outcome, line: string) => {
      outcomes.push(outcome);
      if (!this.jsonEnabled()) this.result(outcome, line);
    };
    try {
      for (const contract of contracts) {
        const name = noteOf(contract);
        const outcome = await deploy(task, wallet, contract, name, flags.timeout * 1_000).catch(
          async (error) => {
            const left = await this.leftPending(task, name, error);
            if (left === null) throw error;
            const { transaction } = left;
            const address = deployedAddress(transaction);
            tell({ contract, status: 'pending', address, transaction: transaction.hash }, transaction.hash);
            throw left.error;
          },
        );
        tell(outcome, outcome.address);
      }
    } finally {
      if (this.jsonEnabled() && outcomes.length > 0) this.result(outcomes, []);
    }
    await task.journal.finish();
  }

  /** Simulates what is still to be sent and makes sure that the wallet can pay for all of it, before anything is sent. */
  async #predict(
    { nodes, key, chainId }: Wallet,
    contracts: readonly ContractName[],
    noted: (contract: ContractName) => Promise<SignedTransaction | undefined>,
  ): Promise<Outcome[]> {
    const notes = await Promise.all(contracts.map(noted));
    const wanted = contracts.filter((_, index) => notes[index] === undefined);
    const drafts = wanted.map((contract) => deployments[contract]());
    const from = known(key.address);
    const chain = knownChain(chainId);
    const first =
      drafts.length === 0
        ? 0
        : await nodes.ask(async (node) => {
            const costs = await Promise.all(drafts.map((draft) => costOf(node, chain, draft, from)));
            const needed = costs.reduce((sum, { total }) => sum + total, 0n);
            const balance = await node.getBalance({ address: from });
            const purpose = drafts.map(({ description }) => description).join(' and ');
            requireFunds(from, { balance, needed }, chain.symbol, purpose);
            return node.getTransactionCount({ address: from, blockTag: 'pending' });
          }, this.signal);
    return contracts.map((contract, index) => {
      const sequence = String(first + wanted.indexOf(contract));
      const address = deployedAddress(notes[index] ?? { from, sequence });
      return { contract, status: 'predicted', address };
    });
  }
}

function deploy(
  task: ChainTask,
  { engine, nodes, key }: Wallet,
  contract: ContractName,
  name: string,
  timeoutMs: number,
): Promise<Outcome> {
  return ensureOnChain<Outcome>(task, {
    name,
    engine,
    key,
    timeoutMs,
    look: async () => null,
    draft: deployments[contract],
    async read({ transaction, height }) {
      const address = deployedAddress(transaction);
      await requireOwnContract(nodes, address, key, task.signal);
      return { contract, status: 'deployed', address, transaction: transaction.hash, height };
    },
  });
}
