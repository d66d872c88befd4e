import type { Address, TransactionDraft } from '@blockhost/kernel';
import { BlockhostError } from '@blockhost/kernel';
import type { FakeAct } from '@blockhost/kernel/testing';
import type { FundHost } from './fund-host.js';

/** A life that ends after so many acts; from then on every act of the same process fails. */
export class Life {
  acts = 0;

  constructor(private readonly length = Number.POSITIVE_INFINITY) {}

  get isOver(): boolean {
    return this.acts > this.length;
  }

  act(): void {
    this.acts += 1;
    if (this.isOver) throw new Error('the process was killed');
  }
}

/** The host as a process sees it that dies before one of its writes to database, address book or chain. */
export function mortal(host: FundHost, life: Life): FundHost {
  const dying = <T extends object>(facet: T): T =>
    new Proxy(facet, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...words: unknown[]) => {
          life.act();
          return Reflect.apply(member, target, words);
        };
      },
    });
  const database = new Proxy(host.database, {
    apply(target, self, words) {
      life.act();
      return Reflect.apply(target, self, words);
    },
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== 'transaction' || typeof member !== 'function') return member;
      return (...words: unknown[]) => {
        life.act();
        return Reflect.apply(member, target, words);
      };
    },
  });
  const { chain } = host;
  return {
    ...host,
    database,
    config: dying(host.config),
    chain: { ...chain, transactions: dying(chain.transactions) },
  };
}

/** The host on a chain that refuses to give anything to some addresses: before signing, or in the block. */
export function refusing(host: FundHost, refused: ReadonlySet<Address>): FundHost {
  const { transactions } = host.chain;
  const sign: typeof transactions.sign = async (draft: TransactionDraft, key, signal) => {
    const act = draft.body as FakeAct;
    if (act.do === 'send' && refused.has(act.to))
      throw new BlockhostError('chain.would-revert', `The token gives nothing to ${act.to}.`);
    return transactions.sign(draft, key, signal);
  };
  return { ...host, chain: { ...host.chain, transactions: { ...transactions, sign } } };
}
