import type { ChainEngine, SignedTransaction } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { known } from './facts.js';
import type { CoinFacts, MoneyFacts, Movement, OperationFact } from './money.js';

/** A host whose money is at rest, and what is known of its chain without asking the host. */
export interface MoneyWorld {
  readonly engine: Pick<ChainEngine, 'funds'>;
  readonly database: Knex;
  readonly own: MoneyFacts['own'];
  readonly movements: readonly Movement[];
  readonly coin: Omit<CoinFacts, 'held'>;
}

export async function readMoneyFacts(world: MoneyWorld): Promise<MoneyFacts> {
  const { engine, database, own, movements, coin } = world;
  const held: MoneyFacts['held'][number][] = [];
  for (const token of new Set(movements.map((movement) => movement.token)))
    for (const by of own.keys()) {
      const balance = await engine.funds.tokenBalance(token, by);
      held.push({ token, by, amount: known(balance, `what ${by} holds of ${token}`) });
    }
  const owed: { token: string; role: string; amount: string }[] = await database('fund_owed').select();
  const coins = known(await engine.funds.nativeBalance(coin.hot), 'the coin of the hot wallet');
  return {
    own,
    movements,
    held,
    operations: (await database('fund_operations').orderBy('id')).map(operationOf),
    owed: owed.map(({ token, role, amount }) => ({ token, role, amount: BigInt(amount) })),
    coin: { ...coin, held: coins },
  };
}

interface Row {
  readonly id: number;
  readonly cycle_id: number;
  readonly step: string;
  readonly token: string | null;
  readonly to_role: string;
  readonly to_address: string | null;
  readonly amount: string;
  readonly status: string;
  readonly signed: string | null;
  readonly created_at: number;
}

function operationOf(row: Row): OperationFact {
  return {
    id: row.id,
    cycle: row.cycle_id,
    step: row.step,
    token: row.token,
    toRole: row.to_role,
    to: row.to_address,
    amount: BigInt(row.amount),
    status: row.status,
    transactions: row.signed === null ? [] : versionsOf(JSON.parse(row.signed)).map(({ hash }) => hash),
    createdAt: row.created_at,
  };
}

function versionsOf(signed: SignedTransaction): readonly SignedTransaction[] {
  return [signed, ...(signed.earlier ?? [])];
}
