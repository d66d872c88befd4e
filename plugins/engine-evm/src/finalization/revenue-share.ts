import type { FinalizationStep } from '@blockhost/kernel';
import { REVENUE_SHARE_JSON, type RevenueShareJson } from '@blockhost/kernel/host-files';
import { recordWallets } from './addressbook.js';
import { answersOf } from './answers.js';

/** Records the wallets and who shares the revenue; what an operator wrote is left as it is. */
export const revenueShare: FinalizationStep = {
  id: 'revenue_share',
  label: 'Record the wallets and who shares the revenue',
  rerunnable: true,
  async run(context) {
    const { config, log } = context;
    const answers = answersOf(context);
    const book = await recordWallets(context);
    const present = await config.find(REVENUE_SHARE_JSON);
    if (present !== null) return { status: 'completed', data: { recipients: namesOf(present) } };

    const chosen = [
      ...(answers.revenue_share_dev ? ['dev'] : []),
      ...(answers.revenue_share_broker ? ['broker'] : []),
    ];
    const roles = answers.revenue_share_enabled ? chosen.filter((role) => role in book) : [];
    for (const role of chosen)
      if (answers.revenue_share_enabled && !roles.includes(role))
        log.warn('a chosen recipient has no wallet and gets no share', { role });
    const shares = sharesOf(answers.revenue_share_percent, roles);
    await config.write(REVENUE_SHARE_JSON, shares);
    return { status: 'completed', data: { recipients: namesOf(shares) } };
  },
};

function namesOf({ recipients }: RevenueShareJson): string {
  return recipients.map(({ role }) => role).join(', ') || 'none';
}

/** Equal parts in whole basis points; the last recipient gets what rounding leaves. */
export function sharesOf(percent: number, roles: readonly string[]): RevenueShareJson {
  if (roles.length === 0) return { enabled: false, total_percent: 0, recipients: [] };
  const total = Math.round(percent * 100);
  const each = Math.floor(total / roles.length);
  return {
    enabled: true,
    total_percent: total / 100,
    recipients: roles.map((role, place) => ({
      role,
      percent: (place === roles.length - 1 ? total - each * place : each) / 100,
    })),
  };
}
