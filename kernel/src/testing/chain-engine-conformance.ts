import { expect } from 'chai';
import { systemClock } from '../clock/system-clock.js';
import type {
  ChainEngine,
  ChainEngineCapabilities,
  ChainEvent,
  SignedTransaction,
  SigningKey,
  TransactionDraft,
} from '../ports/chain-engine.js';
import type { Customer } from '../ports/devnet.js';
import type { Presence } from '../ports/presence.js';
import { settle } from '../ports/settle.js';
import { chainBusinessCases } from './chain-business-cases.js';
import { chainCapabilityCases } from './chain-capability-cases.js';
import { chainCodecCases } from './chain-codec-cases.js';
import { chainMoneyCases } from './chain-money-cases.js';
import { chainOutageCases } from './chain-outage-cases.js';
import { chainTransactionCases } from './chain-transaction-cases.js';

/** What an engine's author gives the suite. */
export interface ChainEngineSubject {
  /** On a chain of its own, where blocks come by themselves, with contracts and a stablecoin. */
  readonly engine: ChainEngine & Partial<ChainEngineCapabilities>;
  /** Owner of the contracts, with coins for fees. */
  readonly owner: SigningKey;
  /** A buyer with coins and stablecoins, another one each time. */
  newCustomer(): Promise<ConformanceCustomer>;
  /** The chain has a market that exchanges the stablecoin for coins. Adds the cases of an exchange. */
  readonly hasMarket?: boolean;
  /** Makes the chain unreachable; answers what mends it. Adds the cases of an outage. */
  breakChain?(): Promise<() => Promise<void>>;
}

export interface ConformanceCustomer
  extends Pick<Customer, 'address' | 'sign' | 'transfer' | 'burn' | 'carry'> {
  /** As the signup page: pays, and attaches the signature of the public secret, sealed for the host. */
  buy(order: Omit<Parameters<Customer['buy']>[0], 'subscriptions'>): Promise<unknown>;
  extend(order: Omit<Parameters<Customer['extend']>[0], 'subscriptions'>): Promise<unknown>;
}

export interface ChainEngineConformance<S extends ChainEngineSubject> {
  /** Called once before the cases. */
  setup(): Promise<S>;
  teardown?(subject: S): Promise<unknown>;
  /** What the manifest declares; absent: each capability whose members are there is tested. */
  readonly capabilities?: readonly string[];
}

/** What the cases share. */
export interface ChainBench {
  readonly subject: ChainEngineSubject;
  readonly engine: ChainEngine & Partial<ChainEngineCapabilities>;
  /** Sends a draft and waits until it is mined; the owner's unless told. */
  send(draft: TransactionDraft, key?: SigningKey): Promise<SignedTransaction>;
  /** Events of the whole chain. */
  events<T extends ChainEvent['type']>(type: T): Promise<Extract<ChainEvent, { type: T }>[]>;
}

/** Proves that an engine keeps what the port `chain-engine` promises. Mocha's `describe` and `it` must be there. */
export function chainEngineConformance<S extends ChainEngineSubject>(suite: ChainEngineConformance<S>): void {
  describe('chain-engine', function () {
    this.timeout(30_000);
    let subject: S;
    before(async () => {
      subject = await suite.setup();
    });
    after(() => suite.teardown?.(subject));

    const bench = (): ChainBench => benchOf(subject);
    chainCodecCases(bench);
    chainTransactionCases(bench);
    chainBusinessCases(bench);
    chainMoneyCases(bench);
    chainCapabilityCases(bench, suite.capabilities);
    chainOutageCases(bench);
  });
}

function benchOf(subject: ChainEngineSubject): ChainBench {
  const { engine, owner } = subject;
  return {
    subject,
    engine,
    async send(draft, key = owner) {
      const { transaction } = await settle({
        transactions: engine.transactions,
        draft,
        key,
        confirmations: 1,
        timeoutMs: 10_000,
        pollMs: 20,
        clock: systemClock,
        signal: AbortSignal.timeout(10_000),
        journal: { load: async () => null, save: async () => {} },
        walletLock: (act) => act(),
      });
      return transaction;
    },
    async events(type) {
      const { height } = valueIn(await engine.blocks.head());
      const { events } = await engine.blocks.scan(engine.chain.contracts?.deployHeight ?? 0, height);
      return events.filter(
        (event): event is Extract<ChainEvent, { type: typeof type }> => event.type === type,
      );
    },
  };
}

/** The value of an answer that must be present. */
export function valueIn<T>(answer: Presence<T>): T {
  if (answer.kind === 'present') return answer.value;
  return expect.fail(`it is ${answer.kind}${answer.kind === 'unknown' ? `: ${answer.reason}` : ''}`);
}
