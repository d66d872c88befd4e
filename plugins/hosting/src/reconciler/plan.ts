import type { Address } from '@blockhost/kernel';
import type { Observation } from './observation.js';
import { planCredential } from './plan-credential.js';
import { planEntries } from './plan-entries.js';
import { planHost } from './plan-host.js';
import { planMachine } from './plan-machine.js';

/** One change, as plain data; `vm` is a name, `tokenId` decimal digits. Each is checked again before it is made. */
export type Action =
  /** The mint that the record stands for is not on the chain: the VM has no credential. */
  | { readonly do: 'forget-mint'; readonly vm: string; readonly tokenId: string }
  | { readonly do: 'bind-mint'; readonly vm: string; readonly tokenId: string; readonly to: Address }
  | { readonly do: 'rebroadcast'; readonly vm: string; readonly operationId: string }
  | { readonly do: 'set-owner'; readonly vm: string; readonly tokenId: string; readonly to: Address }
  | {
      readonly do: 'set-burned';
      readonly vm: string;
      readonly tokenId: string;
      readonly burned: boolean;
    }
  | { readonly do: 'count-missing'; readonly vm: string; readonly tokenId: string }
  | { readonly do: 'clear-missing'; readonly vm: string; readonly tokenId: string }
  /** `expiresAt` is epoch seconds, never earlier than recorded. */
  | { readonly do: 'extend'; readonly vm: string; readonly expiresAt: number }
  | { readonly do: 'resume'; readonly vm: string }
  | { readonly do: 'update-gecos'; readonly vm: string }
  /** `destroys`: a VM goes when the entry is worked on. */
  | { readonly do: 'requeue'; readonly entry: string; readonly destroys: boolean }
  | { readonly do: 'call-operator'; readonly entry: string; readonly reason: string }
  | { readonly do: 'remember-admin'; readonly tokenId: string; readonly owner: Address };

/** Something that only a person can judge, or should at least know. Nothing is done about it. */
export interface Finding {
  readonly kind: FindingKind;
  /** Name of a VM, or id of a credential. */
  readonly subject: string;
  readonly sentence: string;
}

export const FINDING_KINDS = [
  'credential-burned',
  'credential-lost',
  'credential-ambiguous',
  'credential-missing',
  'credential-unbound',
  'subscription-missing',
  'subscription-cancelled',
  'paid-time-shorter',
  'machine-missing',
  'machine-unknown',
  'half-made',
  'resume-failed',
  'login-outdated',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export interface Plan {
  /** In the order in which they are made. */
  readonly actions: readonly Action[];
  readonly findings: readonly Finding[];
  /** Destructive actions left for the next run. */
  readonly deferred: number;
  /** `kind` or `kind subject` that this run could not judge: what was found before stands. */
  readonly unjudged: readonly string[];
}

/** What one rule concludes. */
export type Conclusion = Partial<Pick<Plan, 'actions' | 'findings' | 'unjudged'>>;

export interface PlanLimits {
  readonly requeueMs: number;
  readonly mostDestroys: number;
  /** The provisioner can write login comments. */
  readonly canTellGuests: boolean;
  same(a: Address, b: Address): boolean;
}

/** Records first, then machines, then what the pipeline is to do again. */
export const ORDER: readonly Action['do'][] = [
  'clear-missing',
  'count-missing',
  'forget-mint',
  'bind-mint',
  'rebroadcast',
  'set-owner',
  'set-burned',
  'extend',
  'resume',
  'update-gecos',
  'requeue',
  'call-operator',
  'remember-admin',
];

/** What follows from an observation (engine.md 4): pure, so that it can be shown before it is done. */
export function plan(seen: Observation, limits: PlanLimits): Plan {
  const conclusions = [
    ...seen.vms.flatMap((each) => {
      const credential = planCredential(each, limits);
      return [credential, planMachine(each, credential.actions ?? [], { now: seen.now, ...limits })];
    }),
    planEntries(seen, limits),
    planHost(seen),
  ];
  const all = conclusions.flatMap(({ actions = [] }) => actions);
  const destructive = all.filter((action) => action.do === 'requeue' && action.destroys);
  const deferred = new Set(destructive.slice(limits.mostDestroys));
  return {
    actions: ORDER.flatMap((act) => all.filter((action) => action.do === act && !deferred.has(action))),
    findings: conclusions.flatMap(({ findings = [] }) => findings),
    deferred: deferred.size,
    unjudged: conclusions.flatMap(({ unjudged = [] }) => unjudged),
  };
}
