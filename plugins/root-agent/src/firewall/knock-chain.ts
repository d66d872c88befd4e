import { BlockhostError, type Exec, hasCode } from '@blockhost/kernel';
import { type Family, isOfFamily, type KnockRule } from './knock-rule.js';

/** The one chain of the firewall that the agent touches (specification host.md 2.4). */
const CHAIN = 'BLOCKHOST-KNOCK';
const TIMEOUT_MS = 15_000;
/** Seconds to wait for another program that changes the firewall. */
const LOCK_S = '5';

const PROGRAMS: Readonly<Record<Family, { readonly tables: string; readonly restore: string }>> = {
  ipv4: { tables: 'iptables', restore: 'iptables-restore' },
  ipv6: { tables: 'ip6tables', restore: 'ip6tables-restore' },
};

/**
 * Makes the chain of one family hold exactly the rules that concern it, in one transaction of the firewall, and makes all
 * that comes in pass it first. Whatever was in the chain before is gone: doing it twice is doing it once.
 */
export async function applyRules(exec: Exec, family: Family, rules: readonly KnockRule[]): Promise<void> {
  const { tables, restore } = PROGRAMS[family];
  const lines = rules.filter((rule) => isOfFamily(rule, family)).map(ruleLine);
  const input = ['*filter', `:${CHAIN} - [0:0]`, ...lines, 'COMMIT', ''].join('\n');
  await run(exec, [restore, '-w', LOCK_S, '--noflush'], input);
  const jump = ['INPUT', '-j', CHAIN];
  const present = await exec.run([tables, '-w', LOCK_S, '-C', ...jump], { timeoutMs: TIMEOUT_MS });
  if (present.code !== 0) await run(exec, [tables, '-w', LOCK_S, '-I', ...jump]);
}

/** True when an agent has worked on this firewall since the machine started. */
export async function isChainThere(exec: Exec): Promise<boolean> {
  for (const { tables } of Object.values(PROGRAMS)) {
    const argv = [tables, '-w', LOCK_S, '-n', '-L', CHAIN] as const;
    const found = await exec.run(argv, { timeoutMs: TIMEOUT_MS }).catch((error) => {
      if (hasCode(error, 'exec.not-found')) return null;
      throw error;
    });
    if (found?.code === 0) return true;
  }
  return false;
}

/** In the words of `iptables-save(8)`; every part was checked before: none has a blank, a quote or a line feed. */
function ruleLine({ port, proto, comment, source }: KnockRule): string {
  const from = source === undefined ? '' : ` -s ${source}`;
  return `-A ${CHAIN}${from} -p ${proto} -m ${proto} --dport ${port} -m comment --comment ${comment} -j ACCEPT`;
}

async function run(exec: Exec, argv: readonly [string, ...string[]], input?: string): Promise<void> {
  const options = { timeoutMs: TIMEOUT_MS, ...(input === undefined ? {} : { input }) };
  const { code, stderr, timedOut } = await exec.run(argv, options);
  if (code === 0) return;
  const reason = timedOut ? 'it did not end in time' : (stderr.trim().split('\n')[0] ?? '');
  throw new BlockhostError('firewall.failed', `${argv[0]} failed: ${reason}`, {
    remedy: 'Check that this kernel has the firewall and no other program holds it.',
  });
}
