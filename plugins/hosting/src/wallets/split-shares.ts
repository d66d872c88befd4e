import { BlockhostError } from '@blockhost/kernel';

const PART = /^[1-9][0-9]{0,17}$/;

/** `60/40` or `1,2,1`: how many parts each recipient gets. Throws `wallet.bad-ratios`. */
export function parseRatios(text: string, recipients: number): bigint[] {
  const parts = text.split(text.includes('/') ? '/' : ',');
  if (!parts.every((part) => PART.test(part)))
    throw badRatios(`"${text.slice(0, 80)}" is not a list of positive whole numbers`);
  if (parts.length !== recipients)
    throw badRatios(`there are ${parts.length} parts for ${recipients} recipients`);
  return parts.map(BigInt);
}

/** What each gets of `total`: rounded down, the last one the rest, so that the shares sum to the total (engine.md 2.3). */
export function splitShares(total: bigint, ratios: readonly bigint[]): bigint[] {
  const parts = ratios.reduce((sum, ratio) => sum + ratio, 0n);
  const shares = ratios.slice(0, -1).map((ratio) => (total * ratio) / parts);
  return [...shares, total - shares.reduce((sum, share) => sum + share, 0n)];
}

function badRatios(problem: string): BlockhostError {
  return new BlockhostError('wallet.bad-ratios', `${problem}.`, {
    remedy: 'Write one positive whole number for each recipient: 60/40 or 1,2,1.',
  });
}
