import type { Address, SignedTransaction } from '@blockhost/kernel';
import { createPublicClient, type Hex, http, parseAbiItem, TransactionReceiptNotFoundError } from 'viem';
import { judge } from '../invariants/check-invariants.js';
import { MONEY_INVARIANTS, type MoneyFacts, type Movement } from '../invariants/money.js';
import { readMoneyFacts } from '../invariants/money-facts.js';
import type { FundsHost } from './funds-host.js';

const transfer = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');

interface Signed {
  readonly at: number;
  readonly transaction: SignedTransaction;
}

/** Holds the journal of a host's money against the blocks of its chain, which it reads by itself. */
export class MoneyWatch {
  #coin: { hot: Address; since: number; before: bigint } | null = null;

  constructor(private readonly host: FundsHost) {}

  /** From now on the hot wallet gets coin from the server and loses it by fees, and not otherwise. */
  async begin(): Promise<void> {
    const hot = await this.host.address('hot').catch(() => null);
    this.#coin = hot === null ? null : { hot, since: Date.now(), before: await this.host.coins(hot) };
  }

  /** Throws with every invariant that does not hold of the money of the host at rest. */
  async check(): Promise<void> {
    const { engine, database } = this.host;
    const hot = await this.host.address('hot');
    const signed = await this.#signedByHot();
    const own = new Map<Address, 'contract' | 'server' | 'hot'>([
      [engine.chain.contracts?.subscriptions ?? '', 'contract'],
      [await this.host.address('server'), 'server'],
      ...[hot, ...signed.map(({ transaction }) => transaction.from)].map((each) => [each, 'hot'] as const),
    ]);
    const begun = this.#coin?.hot === hot ? this.#coin : { hot, since: 0, before: 0n };
    const paying = signed.filter(({ at, transaction }) => at >= begun.since && transaction.from === hot);
    const coin = { ...begun, fees: await this.#fees(paying.map(({ transaction }) => transaction)) };
    const movements = await this.#movements(own);
    judge(MONEY_INVARIANTS, await readMoneyFacts({ engine, database, own, movements, coin }));
  }

  async #signedByHot(): Promise<readonly Signed[]> {
    const rows: { signed: string; created_at: number }[] = await this.host
      .database('fund_operations')
      .where({ from_role: 'hot' })
      .whereNotNull('signed');
    return rows.map(({ signed, created_at }) => ({ at: created_at, transaction: JSON.parse(signed) }));
  }

  async #movements(own: MoneyFacts['own']): Promise<readonly Movement[]> {
    const address = String(this.host.ready.devnet.answers.stablecoin) as Hex;
    const logs = await this.#node.getLogs({ address, event: transfer, fromBlock: 0n, strict: true });
    return logs
      .map(({ args: { from, to, value }, transactionHash }) => ({
        token: address,
        from,
        to,
        amount: value,
        transaction: transactionHash,
      }))
      .filter(({ from, to }) => own.has(from) || own.has(to));
  }

  /** What the chain charged for these, of whose versions at most one is on it. */
  async #fees(transactions: readonly SignedTransaction[]): Promise<bigint> {
    let fees = 0n;
    for (const transaction of transactions)
      for (const { hash } of [transaction, ...(transaction.earlier ?? [])])
        fees += await this.#node.getTransactionReceipt({ hash: hash as Hex }).then(
          ({ gasUsed, effectiveGasPrice }) => gasUsed * effectiveGasPrice,
          (error: unknown) => {
            if (error instanceof TransactionReceiptNotFoundError) return 0n;
            throw error;
          },
        );
    return fees;
  }

  get #node() {
    return createPublicClient({ transport: http(this.host.ready.devnet.rpcUrl) });
  }
}
