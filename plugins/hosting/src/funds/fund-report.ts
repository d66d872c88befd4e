import { type Address, type ChainEngine, sentenceOf } from '@blockhost/kernel';
import { AddressBook } from '../wallets/address-book.js';
import { formatAmount } from '../wallets/amount.js';
import { holdingsOf } from '../wallets/holdings.js';
import { type ShownOrder, shownOrders } from '../wallets/shown-orders.js';
import type { FundHost } from './fund-host.js';
import { readFundSettings } from './fund-settings.js';
import { fundCycleTask, gasCheckTask } from './fund-tasks.js';
import { FundJournal, type FundKind } from './journal.js';
import { type ShownTransfer, shownTransfer } from './shown-transfer.js';
import { TokenNames } from './token-names.js';

interface HeldAmount {
  readonly symbol: string;
  readonly amount: string;
  readonly base: string;
}

/** Where the host's money is, what it owes, and what moves; plain JSON. */
export interface FundReport {
  readonly wallets: readonly {
    readonly role: string;
    readonly address: Address;
    /** null: the chain cannot be read. */
    readonly held: readonly HeldAmount[] | null;
  }[];
  readonly owed: readonly (HeldAmount & { readonly token: Address; readonly role: string })[];
  readonly tasks: readonly {
    readonly name: FundKind;
    /** ISO 8601; null: never. */
    readonly last: string | null;
    readonly next: string;
    readonly failures: number;
  }[];
  readonly open: readonly (ShownTransfer & {
    readonly status: string;
    readonly transaction: string | null;
    readonly error: string | null;
  })[];
  /** What persons sent with `bw`. */
  readonly orders: readonly ShownOrder[];
  readonly hot_wallet_generated: boolean;
  /** Settings and entries that are wrong, and what could not be read. */
  readonly problems: readonly string[];
}

export async function fundReport(host: FundHost): Promise<FundReport> {
  const { chain, database, clock } = host;
  const journal = new FundJournal(database, clock, chain.chain.id);
  const names = new TokenNames(chain);
  const book = await AddressBook.read(host);
  const settings = await readFundSettings(host.config, chain.chain);
  const problems = [...settings.problems, ...book.problems];
  const places = [
    { role: 'contract', address: chain.chain.contracts?.subscriptions },
    ...['hot', 'server', 'admin'].map((role) => ({ role, address: book.find(role)?.address })),
  ];
  const wallets = places.flatMap(({ role, address }) =>
    address === undefined ? [] : [heldBy(address, chain).then((held) => ({ role, address, ...held }))],
  );
  const shown = (await Promise.all(wallets)).map(({ problem, ...wallet }) => {
    if (problem !== null) problems.push(`${wallet.role}: ${problem}`);
    return wallet;
  });
  const owed = (await journal.owed()).map(async ({ token, role, amount }) => {
    const { symbol, decimals } = await names.of(token);
    return { token, role, symbol, amount: formatAmount(amount, decimals), base: String(amount) };
  });
  const open = (await journal.open()).map(async (operation) => ({
    ...shownTransfer(operation, await names.of(operation.token)),
    status: operation.status,
    transaction: operation.signed?.hash ?? null,
    error: operation.error,
  }));
  return {
    wallets: shown,
    owed: await Promise.all(owed),
    tasks: await tasks(host, journal),
    open: await Promise.all(open),
    orders: await shownOrders(database, chain, clock.now()),
    hot_wallet_generated: (await journal.state()).hotWalletGenerated,
    problems,
  };
}

async function heldBy(address: Address, chain: ChainEngine) {
  try {
    const { native, tokens } = await holdingsOf(address, undefined, chain);
    const held = [native, ...tokens].map(({ asset, balance }) => ({
      symbol: asset.symbol,
      amount: formatAmount(balance, asset.decimals),
      base: String(balance),
    }));
    return { held, problem: null };
  } catch (error) {
    return { held: null, problem: sentenceOf(error) };
  }
}

function tasks(host: FundHost, journal: FundJournal): Promise<FundReport['tasks']> {
  const both = [
    { name: 'fund-cycle', task: fundCycleTask(host) },
    { name: 'gas-check', task: gasCheckTask(host) },
  ] as const;
  return Promise.all(
    both.map(async ({ name, task }) => {
      const { lastAt, failures } = await journal.attempts(name);
      const next = Math.max(await task.dueAt(), host.clock.now());
      return { name, last: lastAt === 0 ? null : iso(lastAt), next: iso(next), failures };
    }),
  );
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();
