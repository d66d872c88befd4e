import type {
  Address,
  Mint,
  PowerState,
  Presence,
  Subscription,
  VmListing,
  VmRecord,
} from '@blockhost/kernel';
import type { Entry } from '../pipeline/entry.js';
import type { ProvenMint } from './mint-proofs.js';

/** What records, chain and hypervisor said at one moment; read once before anything is decided. */
export interface Observation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Mints signed up to it are final; null: the chain does not answer. */
  readonly finalHeight: number | null;
  /** Every live record. */
  readonly vms: readonly ObservedVm[];
  readonly failed: readonly FailedEntry[];
  /** Machines of the hypervisor that no live record knows; null: it does not answer. */
  readonly strangers: readonly VmListing[] | null;
  /** Credentials younger than all that are recorded; null: the chain does not answer. */
  readonly unbound: readonly { readonly tokenId: string; readonly owner: Address | null }[] | null;
  readonly admin: {
    readonly tokenId: string;
    readonly recorded: Address | null;
    readonly owner: Presence<Address>;
  } | null;
}

export interface ObservedVm {
  readonly vm: VmRecord;
  /** The purchase it was made for; null when it left the history, or an operator made the VM. */
  readonly creation: Entry | null;
  /** An entry of its subscription waits or is worked on. */
  readonly isAwaited: boolean;
  /** Who has its credential; null without one. */
  readonly owner: Presence<Address> | null;
  /** What became of its mint; null when that needs no question or is final. */
  readonly mint: ProvenMint | null;
  /** Runs without a break in which the credential was missing, each an interval after the one before. */
  readonly missing: number;
  /** An interval has passed since the last of them: this run counts as well. */
  readonly isNextMissing: boolean;
  /** Without a credential: mints to its buyer that nobody claims; null when there is nothing to ask. */
  readonly claimable: Presence<readonly Mint[]> | null;
  readonly power: PowerState | 'absent' | 'unknown';
  /** null: not this run's turn, or no subscription. */
  readonly subscription: Presence<Subscription> | null;
}

/** An entry that is over without being done. */
export interface FailedEntry {
  readonly entry: Entry;
  readonly vm: VmRecord | null;
  /** Of a creation that has signed one. */
  readonly mint: ProvenMint | null;
}
