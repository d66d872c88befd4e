import { BlockhostError, type TransactionDraft } from '@blockhost/kernel';
import type { Address, Hex } from 'viem';

/** What this engine puts into a draft: a call, a transfer or, with `to` null, a deployment. Plain JSON. */
export interface TransactionBody {
  readonly to: Address | null;
  readonly data: Hex;
  /** Base units of the native coin, decimal. */
  readonly value: string;
  /** What is called says by its answer whether it did it: nothing at all, or true (ERC-20). */
  readonly answersTrue?: boolean;
  /** It calls a stranger's code, which may burn no more gas than that; what the chain below asks for data is not counted. */
  readonly mostGas?: number;
}

export function draftOf(description: string, body: Partial<TransactionBody>): TransactionDraft {
  return { description, body: { to: null, data: '0x', value: '0', ...body } satisfies TransactionBody };
}

export function bodyOf(draft: TransactionDraft): Required<TransactionBody> {
  const {
    to,
    data,
    value,
    answersTrue = false,
    mostGas = Number.POSITIVE_INFINITY,
  } = (draft.body ?? {}) as Partial<TransactionBody>;
  if (to === undefined || data === undefined || value === undefined)
    throw new BlockhostError(
      'chain.foreign-draft',
      `The draft to ${draft.description} is not of this engine.`,
      {
        remedy: 'Sign drafts with the engine that made them.',
      },
    );
  return { to, data, value, answersTrue, mostGas };
}
