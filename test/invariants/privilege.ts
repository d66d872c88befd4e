import { isDeepStrictEqual } from 'node:util';
import type { PortRule } from '@blockhost/kernel';
import type { Invariant } from './invariants.js';

/** What was done as root on a host, and what the host can say for itself. */
export interface PrivilegeFacts {
  /** Every rule that was ever put into the firewall, as whoever watched the firewall saw it. */
  readonly opened: readonly PortRule[];
  /** Rules in the firewall now. */
  readonly open: readonly PortRule[];
  /** Wallets whose keys root has made. */
  readonly wallets: readonly string[];
  readonly audit: readonly AuditLine[];
  /** Knocks that are not over, with everything that may be open for them. */
  readonly knocks: readonly { readonly id: string; readonly rules: readonly PortRule[] }[];
}

export interface AuditLine {
  readonly event: string;
  readonly id: string;
  readonly action: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What must hold of a host at any moment, also while half of it is dead (quality, section 2; engine.md 6.5). */
export const PRIVILEGE_INVARIANTS: readonly Invariant<PrivilegeFacts>[] = [
  {
    sentence: 'no root action without an audit line',
    violations: ({ opened, open, wallets, audit }) => {
      const begun = (action: string) =>
        audit.flatMap((line) =>
          line.event === 'begin' && line.action === action ? [line.params ?? {}] : [],
        );
      const rules = begun('iptables-open').map(ruleOf);
      const names = begun('generate-wallet').map(({ name }) => name);
      return [
        ...[...opened, ...open]
          .filter((rule) => !rules.some((each) => isDeepStrictEqual(each, ruleOf({ ...rule }))))
          .map((rule) => `nobody is on record for opening ${JSON.stringify(rule)}`),
        ...wallets
          .filter((wallet) => !names.includes(wallet))
          .map((wallet) => `nobody is on record for making the wallet ${wallet}`),
      ];
    },
  },
  {
    sentence: 'what is on record as ended was on record before it began',
    violations: ({ audit }) =>
      audit
        .filter(
          ({ event, id, action }, place) =>
            event === 'end' &&
            !audit
              .slice(0, place)
              .some((line) => line.event === 'begin' && line.id === id && line.action === action),
        )
        .map(({ action, id }) => `${action} ${id} ended and never began`),
  },
  {
    sentence: 'no open port without a live knock',
    violations: ({ open, knocks }) => {
      const allowed = knocks.flatMap(({ rules }) => rules);
      return open
        .filter(
          (rule) => !allowed.some((each) => isDeepStrictEqual(ruleOf({ ...rule }), ruleOf({ ...each }))),
        )
        .map((rule) => `${JSON.stringify(rule)} is open, and no knock wants it`);
    },
  },
];

/** What makes a rule that rule. */
function ruleOf({ port, proto, comment, source }: Readonly<Record<string, unknown>>): object {
  return { port, proto, comment, source: source ?? null };
}
