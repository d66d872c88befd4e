import type { Address, SignedTransaction } from '@blockhost/kernel';

/**
 * `withdraw` contract → hot, `hot-gas` server → hot, `buffer` hot → server, `owed` hot → who was not paid last time,
 * `share` hot → recipient, `remainder` hot → admin; `approve` and `swap` turn the server's stablecoin into coin.
 */
export type Step = 'withdraw' | 'hot-gas' | 'buffer' | 'owed' | 'share' | 'remainder' | 'approve' | 'swap';

/** Steps whose amounts belong together: planned once, from one balance. */
export const DISTRIBUTION: readonly Step[] = ['owed', 'share', 'remainder'];

/** Money to be moved. */
export interface Transfer {
  readonly step: Step;
  /** null: the chain's own coin. */
  readonly token: Address | null;
  /** Whose key signs. */
  readonly fromRole: string;
  readonly toRole: string;
  /** null: the address book does not know the role. */
  readonly to: Address | null;
  /** Base units. */
  readonly amount: bigint;
}

/** A transfer in the journal. */
export interface Operation extends Transfer {
  readonly id: number;
  readonly cycleId: number;
  readonly status: 'planned' | 'signed' | 'broadcast' | 'confirmed' | 'failed';
  /** Kept before anybody else sees it; from then on the amount and the recipient are fixed. */
  readonly signed: SignedTransaction | null;
  /** Height at which another transaction was first seen in its place. */
  readonly supersededAt: number | null;
  readonly error: string | null;
  readonly createdAt: number;
}

/** What somebody is still to get of a token. */
export interface Owed {
  readonly token: Address;
  readonly role: string;
  readonly amount: bigint;
}

export const isOpen = ({ status }: Operation): boolean => status !== 'confirmed' && status !== 'failed';

export type OperationRow = Readonly<Record<string, string | number | null>>;

export function toOperation(row: OperationRow): Operation {
  return {
    id: Number(row.id),
    cycleId: Number(row.cycle_id),
    step: row.step as Step,
    token: textOrNull(row.token),
    fromRole: String(row.from_role),
    toRole: String(row.to_role),
    to: textOrNull(row.to_address),
    amount: BigInt(String(row.amount)),
    status: row.status as Operation['status'],
    signed: typeof row.signed === 'string' ? JSON.parse(row.signed) : null,
    supersededAt: typeof row.superseded_at === 'number' ? row.superseded_at : null,
    error: textOrNull(row.error),
    createdAt: Number(row.created_at),
  };
}

const textOrNull = (value: OperationRow[string] | undefined) => (typeof value === 'string' ? value : null);
