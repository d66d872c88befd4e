import { formatAmount } from '../wallets/amount.js';
import type { Asset } from '../wallets/asset.js';
import type { Transfer } from './operation.js';

/** A transfer for people and programs, amounts in whole tokens and in base units. */
export interface ShownTransfer {
  readonly step: string;
  readonly from: string;
  readonly to_role: string;
  readonly to: string | null;
  readonly token: string | null;
  readonly symbol: string;
  readonly amount: string;
  readonly base: string;
}

export function shownTransfer(transfer: Transfer, { symbol, decimals }: Asset): ShownTransfer {
  const { step, fromRole, toRole, to, token, amount } = transfer;
  return {
    step,
    from: step === 'withdraw' ? 'contract' : fromRole,
    to_role: toRole,
    to,
    token,
    symbol,
    amount: formatAmount(amount, decimals),
    base: String(amount),
  };
}

export function transferLine({ step, amount, symbol, from, to_role, to }: ShownTransfer): string {
  return `${step.padEnd(10)} ${amount} ${symbol}  ${from} → ${to_role} ${to ?? '(no address)'}`;
}
