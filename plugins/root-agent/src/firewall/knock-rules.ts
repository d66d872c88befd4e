import { type Exec, failpoint } from '@blockhost/kernel';
import { applyRules } from './knock-chain.js';
import { type KnockJournal, now } from './knock-journal.js';
import { type Family, isOfFamily, type KnockRule, sameRule, type TimedRule } from './knock-rule.js';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** The rules and where they are kept. Its members are called one after the other: all work on the resource `firewall`. */
export interface Firewall {
  readonly journal: KnockJournal;
  readonly exec: Exec;
}

/** Opens a port for `seconds` from now, and counts anew for one that is open. When it fails, all is as before. */
export async function openRule(firewall: Firewall, rule: KnockRule, seconds: number): Promise<void> {
  const before = (await firewall.journal.read()).filter(isLiving);
  const others = before.filter((each) => !sameRule(each, rule));
  await replace(firewall, 'iptables-open', before, [...others, { ...rule, expires: now() + seconds }], rule);
}

/** Closes what {@link openRule} opened; one that is not open is no error. */
export async function closeRule(firewall: Firewall, rule: KnockRule): Promise<void> {
  const before = (await firewall.journal.read()).filter(isLiving);
  const after = before.filter((each) => !sameRule(each, rule));
  await replace(firewall, 'iptables-close', before, after, rule);
}

/** Closes what is over and makes the firewall agree with the journal; answers what was closed. */
export async function settle({ journal, exec }: Firewall): Promise<readonly TimedRule[]> {
  const rules = await journal.read();
  const open = rules.filter(isLiving);
  for (const family of FAMILIES) await applyRules(exec, family, open);
  // Only now it may be forgotten.
  await journal.write(open);
  return rules.filter((rule) => !open.includes(rule));
}

/** Shuts everything without forgetting it: whoever starts next opens what has time left. */
export async function shut({ exec }: Firewall): Promise<void> {
  for (const family of FAMILIES) await applyRules(exec, family, []);
}

function isLiving({ expires }: TimedRule): boolean {
  return expires > now();
}

/**
 * First the journal, then the firewall: killed in between, the next start makes the firewall follow. So no rule is ever
 * there that nobody remembers to close.
 */
async function replace(
  { journal, exec }: Firewall,
  action: string,
  before: readonly TimedRule[],
  after: readonly TimedRule[],
  changed: KnockRule,
): Promise<void> {
  const families = FAMILIES.filter((family) => isOfFamily(changed, family));
  failpoint(`${action}.journal:before`);
  await journal.write(after);
  failpoint(`${action}.journal:after`);
  try {
    for (const family of families) {
      failpoint(`${action}.${family}:before`);
      await applyRules(exec, family, after);
      failpoint(`${action}.${family}:after`);
    }
  } catch (error) {
    // Back to what was, in both families. A rule that may be left over stays on the list as one whose time is over.
    const leftOver = before.some((each) => sameRule(each, changed)) ? [] : [{ ...changed, expires: now() }];
    await journal.write([...before, ...leftOver]);
    // Best effort: the list says what is to be open, and whoever keeps the chain in step with it tells when it is not.
    for (const family of families) await applyRules(exec, family, before).catch(() => {});
    throw error;
  }
}
