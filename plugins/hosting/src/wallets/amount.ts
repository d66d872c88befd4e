import { BlockhostError } from '@blockhost/kernel';

/** Amounts as people type them (engine.md 2.1): no sign, exponent, separator or leading zero. */
const AMOUNT = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** No token has more: before the token is known, this many tell whether a text is an amount at all. */
export const MOST_DECIMALS = 255;

/** Base units of a decimal amount; throws `wallet.bad-amount` instead of rounding. */
export function parseAmount(text: string, decimals: number): bigint {
  const [, whole, fraction = ''] = AMOUNT.exec(text) ?? [];
  if (whole === undefined) throw badAmount(text, 'is not a plain decimal number');
  if (fraction.length > decimals)
    throw badAmount(
      text,
      `has ${fraction.length} digits behind the point, of which there are at most ${decimals}`,
    );
  const amount = BigInt(whole + fraction.padEnd(decimals, '0'));
  if (amount === 0n) throw badAmount(text, 'is nothing');
  return amount;
}

/** The decimal text of base units, without zeros at its end. */
export function formatAmount(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** `$12.34` of cents. */
export function formatCents(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0');
  return `$${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function badAmount(text: string, problem: string): BlockhostError {
  return new BlockhostError('wallet.bad-amount', `"${text.slice(0, 80)}" ${problem}.`, {
    remedy: 'Write an amount as 12 or 0.5, greater than zero.',
  });
}
