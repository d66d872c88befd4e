import { BlockhostError } from '../errors/blockhost-error.js';
import type {
  Address,
  Block,
  ChainEngine,
  ChainEngineCapabilities,
  Hex,
  Scan,
  SignedTransaction,
  SigningKey,
  TransactionDraft,
  TransactionState,
} from '../ports/chain-engine.js';
import { absent, type Presence, present, unknown } from '../ports/presence.js';
import { CREDENTIALS, type FakeAct, SUBSCRIPTIONS } from './fake-acts.js';
import { type FakeAsk, fakeAccounts, fakeDraft, fakeFunds, fakeSwap } from './fake-funds.js';
import { digest, FakeLedger, type FakeTransaction } from './fake-ledger.js';
import type { FakeMarket } from './fake-money.js';
import { type FakeOrder, fakeOrders, NOBODY, sealedOrder, sealFakeOrder } from './fake-orders.js';
import { fakeAddresses, fakeCipher, fakeKeys, fakeMessages } from './fake-wallet.js';

export interface FakeChainOptions {
  /** Blocks that make an event safe; 1 unless told. */
  readonly confirmations?: number;
  /** Transactions are mined as soon as they arrive; true unless told. */
  readonly autoMine?: boolean;
}

/** A buyer with a key of its own. */
export interface FakeCustomer {
  readonly key: SigningKey;
  buy(order: { planId: bigint; days: number; userEncrypted: Hex }): FakeTransaction;
  extend(subscriptionId: bigint, days: number): FakeTransaction;
  cancel(subscriptionId: bigint): FakeTransaction;
  transfer(tokenId: bigint, to: Address): FakeTransaction;
  burn(tokenId: bigint): FakeTransaction;
}

/**
 * A chain in memory behind the real port, deterministic, whose blocks, reorganisations and faults the test controls. It
 * passes the same conformance suite as the engines.
 */
export class FakeChain implements ChainEngine, ChainEngineCapabilities {
  readonly ownerKey: { readonly text: string; readonly key: SigningKey };
  /**
   * What goes wrong: every call fails, those of these names fail (`funds.tokenBalance`), scans of more blocks are refused,
   * the node is behind by some blocks.
   */
  readonly faults = {
    unreachable: false,
    failing: new Set<string>(),
    largestSpan: Number.POSITIVE_INFINITY,
    lag: 0,
  };
  readonly ledger: FakeLedger;
  autoMine: boolean;
  /** Names of the calls that reached the chain. */
  readonly calls: string[] = [];
  readonly addresses = fakeAddresses;
  readonly keys = fakeKeys;
  readonly messages = fakeMessages;
  readonly cipher = fakeCipher;
  readonly chain: ChainEngine['chain'];

  constructor({ confirmations = 1, autoMine = true }: FakeChainOptions = {}) {
    const text = '1'.padStart(64, '0');
    this.ownerKey = { text, key: fakeKeys.parse(text) };
    this.ledger = new FakeLedger(this.ownerKey.key.address, 12);
    this.ledger.give(this.ownerKey.key.address, 10n ** 18n);
    this.autoMine = autoMine;
    this.chain = {
      id: 'fake:1',
      displayName: 'Chain in memory',
      native: { symbol: 'FAKE', decimals: 18, words: ['fake', 'native'] },
      stablecoinWords: ['stable'],
      mainnet: false,
      blockTimeMs: 100,
      confirmations,
      confirmationTimeoutMs: 2_000,
      contracts: { credentials: CREDENTIALS, subscriptions: SUBSCRIPTIONS, deployHeight: 0 },
      transactionUrl: () => null,
      addressUrl: () => null,
    };
  }

  /** Sends a transaction of a test, past every fault. */
  send(key: SigningKey, act: FakeAct): FakeTransaction {
    const from = key.address;
    const sequence = this.ledger.nextSequence(from);
    const transaction = { hash: digest(from, sequence, encode(act)), from, sequence, act };
    this.ledger.submit(transaction);
    if (this.autoMine) this.ledger.mine();
    return transaction;
  }

  customer(number: number): FakeCustomer {
    const key = fakeKeys.parse((number + 1_000).toString(16).padStart(64, '0'));
    return {
      key,
      buy: (order) => this.send(key, { do: 'buy', ...order }),
      extend: (subscriptionId, days) => this.send(key, { do: 'extend', subscriptionId, days }),
      cancel: (subscriptionId) => this.send(key, { do: 'cancel', subscriptionId }),
      transfer: (tokenId, to) => this.send(key, { do: 'transfer-credential', tokenId, to }),
      burn: (tokenId) => this.send(key, { do: 'burn-credential', tokenId }),
    };
  }

  /** Sends an order of the administrator, past every fault; to the administrator's own wallet unless told. */
  order(admin: SigningKey, serverPublicKey: Hex, order: FakeOrder, to = admin.address): FakeTransaction {
    return this.send(admin, { do: 'carry', to, data: sealFakeOrder(serverPublicKey, order) });
  }

  /** Opens the market at a rate, or shuts it; changes rate and liquidity of an open one. */
  setMarket(market: FakeMarket | null): void {
    this.ledger.change((money) => money.setMarket(market));
  }

  /** Adds a way to pay; `centsPerToken` null: its worth is not known. */
  addPaymentMethod(token: Address, decimals: number, centsPerToken: bigint | null): void {
    this.ledger.change((money) => money.addMethod(token, decimals, centsPerToken));
  }

  /** Cents of a whole token; null: not known any more. */
  setPrice(token: Address, centsPerToken: bigint | null): void {
    this.ledger.change((money) => money.setPrice(token, centsPerToken));
  }

  /** Switches a way to pay off or on. */
  switchPaymentMethod(token: Address, active: boolean): void {
    this.ledger.change((money) => money.switchMethod(token, active));
  }

  /** What every transaction costs from now on. */
  setFee(fee: bigint): void {
    this.ledger.change((money) => {
      money.fee = fee;
    });
  }

  readonly #asked: FakeAsk = (call, read) => this.#ask(call, read);
  readonly #money = () => this.ledger.contracts.money;

  /** Height that this node shows. */
  get #visible(): number {
    return Math.max(0, this.ledger.head.height - this.faults.lag);
  }

  /** Every answer of the network passes here: faults, then the value, absent when there is none. */
  async #ask<T>(call: string, read: () => T | undefined): Promise<Presence<T>> {
    this.calls.push(call);
    if (this.#isCut(call)) return unknown('the chain is switched off');
    const value = read();
    return value === undefined ? absent : present(value);
  }

  #isCut(call: string): boolean {
    return this.faults.unreachable || this.faults.failing.has(call);
  }

  #reach(call: string): void {
    this.calls.push(call);
    if (this.#isCut(call))
      throw new BlockhostError('chain.unreachable', 'The chain cannot be reached: it is switched off.');
  }

  readonly blocks: ChainEngine['blocks'] = {
    head: () => this.#ask('blocks.head', () => block(this.ledger.at(this.#visible))),
    at: (height) =>
      this.#ask('blocks.at', () => (height > this.#visible ? undefined : block(this.ledger.at(height)))),
    scan: async (from, to) => this.#scan(from, to),
  };

  /** The block at `to`, when the whole range can be read. */
  #range(call: string, from: number, to: number): Block {
    this.#reach(call);
    if (to - from + 1 > this.faults.largestSpan)
      throw new BlockhostError('chain.range-too-large', `${to - from + 1} blocks are too many at once.`);
    const tip = to > this.#visible ? undefined : block(this.ledger.at(to));
    if (!tip) throw new BlockhostError('chain.unreachable', `The node does not have block ${to} yet.`);
    return tip;
  }

  #scan(from: number, to: number): Scan {
    const tip = this.#range('blocks.scan', from, to);
    const { events, undecodable } = this.ledger.contracts;
    const inside = ({ height }: { readonly height: number }) => height >= from && height <= to;
    return { tip, events: events.filter(inside), undecodable: undecodable.filter(inside) };
  }

  readonly transactions: ChainEngine['transactions'] = {
    sign: async (draft, key) => this.#sign(draft, key),
    broadcast: async (signed) => {
      this.#reach('transactions.broadcast');
      this.ledger.submit(decode(signed));
      if (this.autoMine) this.ledger.mine();
    },
    lookup: async (signed) => this.#lookup(signed),
    bump: async (signed) => this.#bump(signed),
  };

  #sign(draft: TransactionDraft, key: SigningKey): SignedTransaction {
    this.#reach('transactions.sign');
    const act = draft.body as FakeAct;
    const { contracts, nextTimestamp } = this.ledger;
    const refusal = contracts.refusal(key.address, act, nextTimestamp);
    const value = act.do === 'send' && act.token === null ? act.amount : 0n;
    const purse = contracts.money.balance(null, key.address);
    if (purse === 0n || purse < value + contracts.money.fee || refusal === 'balance too low')
      throw new BlockhostError('chain.insufficient-funds', `The wallet ${key.address} cannot pay for this.`);
    if (refusal !== null)
      throw new BlockhostError(
        'chain.would-revert',
        `The contract refuses to ${draft.description}: ${refusal}.`,
        { remedy: 'Send what the contract accepts.' },
      );
    const sequence = this.ledger.nextSequence(key.address);
    const hash = digest(key.address, sequence, encode(act));
    const raw = `0x${Buffer.from(encode(act)).toString('hex')}` as const;
    const signedAtHeight = this.#visible;
    return {
      hash,
      raw,
      from: key.address,
      sequence: String(sequence),
      description: draft.description,
      signedAtHeight,
      maxFee: String(this.ledger.contracts.money.fee),
    };
  }

  /** A version may lie for ten blocks. */
  #bump(signed: SignedTransaction): SignedTransaction | null {
    this.#reach('transactions.bump');
    const { earlier = [], ...newest } = signed;
    const versions = [newest, ...earlier];
    if (this.#visible - signed.signedAtHeight < 10 * versions.length) return null;
    return { ...newest, hash: digest(newest.hash), earlier: versions };
  }

  #lookup({ hash, from, sequence }: SignedTransaction): TransactionState {
    this.calls.push('transactions.lookup');
    if (this.#isCut('transactions.lookup')) return { state: 'unknown', reason: 'the chain is switched off' };
    const mined = this.ledger.minedAt(hash);
    if (mined) return { state: 'mined', ...mined, confirmations: this.ledger.head.height - mined.height + 1 };
    if (this.ledger.isPending(hash)) return { state: 'pending' };
    const spent = (this.ledger.contracts.sequences.get(from) ?? 0) > Number(sequence);
    return { state: spent ? 'superseded' : 'unseen' };
  }

  readonly credentials: ChainEngine['credentials'] = {
    get: (tokenId) =>
      this.#ask('credentials.get', () => {
        const found = this.ledger.contracts.credential(tokenId);
        return found && { tokenId, owner: found.owner, userData: found.userData };
      }),
    nextId: () => this.#ask('credentials.nextId', () => BigInt(this.ledger.contracts.credentials.length)),
    supply: () =>
      this.#ask('credentials.supply', () =>
        BigInt(this.ledger.contracts.credentials.filter(({ burnt }) => !burnt).length),
      ),
    ownedBy: (owner) =>
      this.#ask('credentials.ownedBy', () =>
        this.ledger.contracts.credentials.flatMap((one, id) =>
          one.owner === owner && !one.burnt ? [BigInt(id)] : [],
        ),
      ),
    owners: (tokenIds) =>
      this.#ask('credentials.owners', () =>
        tokenIds.map((id) => this.ledger.contracts.credential(id)?.owner ?? null),
      ),
    findMints: (to, from) =>
      this.#ask('credentials.findMints', () =>
        this.ledger.contracts.mints.filter((mint) => mint.to === to && mint.height >= from),
      ),
    mintedIn: ({ hash }) =>
      this.#ask('credentials.mintedIn', () =>
        this.ledger.contracts.mints.find((mint) => mint.transactionHash === hash),
      ),
    mint: (to, userData) => fakeDraft(`mint a credential for ${to}`, { do: 'mint', to, userData }),
    updateUserData: (tokenId, userData) =>
      fakeDraft(`update credential ${tokenId}`, { do: 'update-user-data', tokenId, userData }),
  };

  readonly subscriptions: ChainEngine['subscriptions'] = {
    get: (id) =>
      this.#ask('subscriptions.get', () => {
        const found = this.ledger.contracts.subscriptions[Number(id) - 1];
        return found && { id, ...found };
      }),
    count: () => this.#ask('subscriptions.count', () => BigInt(this.ledger.contracts.subscriptions.length)),
  };

  readonly plans: ChainEngine['plans'] = {
    list: () =>
      this.#ask('plans.list', () =>
        this.ledger.contracts.plans.map(({ name, price }, index) => ({
          id: BigInt(index + 1),
          name,
          priceCentsPerDay: price,
          active: true,
        })),
      ),
    create: (name, price) => fakeDraft(`create plan ${name}`, { do: 'create-plan', name, price }),
    createdIn: ({ hash }) =>
      this.#ask('plans.createdIn', () => {
        const found = this.ledger.contracts.events.find(
          (event) => event.transactionHash === hash && event.type === 'catalogue-changed',
        );
        return found?.type === 'catalogue-changed' && found.fields.planId
          ? BigInt(found.fields.planId)
          : undefined;
      }),
    stablecoin: () =>
      this.#ask('plans.stablecoin', () => this.ledger.contracts.money.stablecoin ?? undefined),
    setStablecoin: (token) => fakeDraft(`set the stablecoin to ${token}`, { do: 'set-stablecoin', token }),
  };

  readonly funds = fakeFunds(this.#asked, this.#money);
  readonly swap = fakeSwap(this.#asked, this.#money);
  readonly accounts = fakeAccounts(this.#asked, this.#money);

  readonly adminCommands: ChainEngineCapabilities['adminCommands'] = {
    scan: async (from, to, envelope) => {
      this.#range('adminCommands.scan', from, to);
      const inside = this.ledger.contracts.carried.filter(({ height }) => height >= from && height <= to);
      return fakeOrders(inside, envelope);
    },
    seal: async (order, envelope) => sealedOrder(order, envelope),
    nobody: NOBODY,
  };
}

function block(found: Block | undefined): Block | undefined {
  return (
    found && {
      height: found.height,
      hash: found.hash,
      parentHash: found.parentHash,
      timestamp: found.timestamp,
    }
  );
}

function encode(act: FakeAct): string {
  return JSON.stringify(act, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
}

function decode({ hash, from, sequence, raw }: SignedTransaction): FakeTransaction {
  const text = Buffer.from(raw.slice(2), 'hex').toString();
  const act = JSON.parse(text, (_, value) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as FakeAct;
  return { hash, from: from as Address, sequence: Number(sequence), act };
}
