import { BlockhostError, type ConfigFile, type HostConfig } from '@blockhost/kernel';
import { REVENUE_SHARE_JSON, type RevenueShareJson, ROLE } from '@blockhost/kernel/host-files';
import { baseUnits, decimalText } from './decimal.js';

/** Who gets which part of the revenue: basis points of all of it, which add up to the total. */
export interface RevenueShare {
  readonly totalBps: bigint;
  readonly recipients: readonly { readonly role: string; readonly bps: bigint }[];
}

const WHOLE_BPS = 10_000n;
/** Fraction digits that are kept of a percentage. */
const FINEST = 30;
const ONE = 10n ** BigInt(FINEST);

/** Whether the file says anything at all, whatever else is wrong with it. */
const SWITCH: ConfigFile<{ readonly enabled: boolean }> = {
  ...REVENUE_SHARE_JSON,
  schema: { type: 'object', properties: { enabled: { type: 'boolean' } }, required: ['enabled'] },
};

/** Null: there is nothing to share. Throws `config.invalid` and `funds.invalid-share`. */
export async function readRevenueShare(config: HostConfig): Promise<RevenueShare | null> {
  if (!(await config.find(SWITCH))?.enabled) return null;
  return parseRevenueShare(await config.read(REVENUE_SHARE_JSON));
}

/**
 * The rule that a file states (engine.md 5.3), in percent or in basis points, which win in each object that has both.
 * Percentages are rounded to basis points; what that leaves of the total goes by largest remainder. Null: nothing to share.
 */
export function parseRevenueShare(file: RevenueShareJson): RevenueShare | null {
  if (!file.enabled) return null;
  const total = fraction('the total', file.total_bps, file.total_percent);
  if (total.exact === 0n) return null;
  const totalBps = rounded(total.exact);
  if (totalBps < 1n || totalBps > WHOLE_BPS)
    throw invalid('the total is not between 1 and 10000 basis points');
  const parts = file.recipients.map(({ role, bps, percent }) => {
    if (!ROLE.test(role))
      throw invalid(`"${role}" is no role: 1 to 32 lower-case letters, digits and dashes`);
    if (role === 'hot') throw invalid('the hot wallet pays the shares and can have none');
    return { role, ...fraction(`the share of "${role}"`, bps, percent) };
  });
  if (new Set(parts.map(({ role }) => role)).size < parts.length) throw invalid('a role has two shares');

  const inPercent = total.inPercent && parts.every((part) => part.inPercent);
  const shares = parts.map(({ exact }) => rounded(exact));
  const missing = totalBps - sum(shares);
  if (missing !== 0n && !(inPercent && abs(missing) <= BigInt(parts.length)))
    throw invalid(`the shares add up to ${sum(shares)} of ${totalBps} basis points`);
  for (const index of byRemainder(parts, missing).slice(0, Number(abs(missing))))
    shares[index] = (shares[index] ?? 0n) + (missing > 0n ? 1n : -1n);
  const recipients = parts.map(({ role }, index) => ({ role, bps: shares[index] ?? 0n }));
  const empty = recipients.find(({ bps }) => bps < 1n);
  if (empty) throw invalid(`the share of "${empty.role}" is less than a basis point`);
  return { totalBps, recipients };
}

/** The parts of `revenue` in base units: rounded down, what is left of the pool to the last. */
export function shareOut(
  revenue: bigint,
  { totalBps, recipients }: RevenueShare,
): readonly { readonly role: string; readonly amount: bigint }[] {
  const pool = (revenue * totalBps) / WHOLE_BPS;
  let left = pool;
  return recipients.map(({ role, bps }, index) => {
    const amount = index === recipients.length - 1 ? left : (pool * bps) / totalBps;
    left -= amount;
    return { role, amount };
  });
}

/** Basis points in units of 10^-30. */
function fraction(what: string, bps: number | undefined, percent: number | undefined) {
  const inPercent = bps === undefined;
  if (inPercent && percent === undefined) throw invalid(`${what} has neither percent nor basis points`);
  const text = decimalText(bps ?? percent);
  const exact = text === null ? null : baseUnits(text, FINEST);
  if (exact === null) throw invalid(`${what} is not a decimal of at most 15 digits`);
  return { exact: exact * (inPercent ? 100n : 1n), inPercent };
}

/** Indexes, those first that rounding treated worst: lost most when something is missing, gained most otherwise. */
function byRemainder(parts: readonly { readonly exact: bigint }[], missing: bigint): number[] {
  const lost = ({ exact }: { readonly exact: bigint }) => exact - rounded(exact) * ONE;
  const order = parts.map((part, index) => ({ index, lost: missing > 0n ? lost(part) : -lost(part) }));
  return order
    .sort((a, b) => (a.lost === b.lost ? a.index - b.index : a.lost > b.lost ? -1 : 1))
    .map((e) => e.index);
}

const rounded = (exact: bigint) => (exact + ONE / 2n) / ONE;
const abs = (value: bigint) => (value < 0n ? -value : value);
const sum = (values: readonly bigint[]) => values.reduce((all, one) => all + one, 0n);

function invalid(problem: string): BlockhostError {
  return new BlockhostError('funds.invalid-share', `revenue-share.json is not valid: ${problem}.`, {
    remedy: 'Correct the file; until then no shares and no remainder are paid.',
  });
}
