import type { Address } from './chain-engine.js';
import type { CreatedVm, VmLimits } from './provisioner.js';
import { definePort, portToken } from './token.js';

/**
 * What the host knows of its VMs (specification provisioners.md 4). Every change is one immediate transaction against
 * fresh data; the database, not the code, forbids that a name or an address has two owners.
 */
export interface VmStore {
  /** The live record of that name, else the last destroyed one. */
  get(name: string): Promise<VmRecord | null>;
  /** Live records by name; with `destroyed` those too. */
  list(options?: { readonly destroyed?: boolean }): Promise<readonly VmRecord[]>;

  /**
   * Reserves the name, one address of each configured pool and an operation journal entry at once. The same
   * `operationId` answers the first result. Throws `vm-store.name-taken`, `vm-store.pool-exhausted`, `vm-store.no-pool`.
   */
  reserve(order: VmOrder, options?: ReserveOptions): Promise<VmRecord>;
  /**
   * The VM stands: active, with what its provisioner answered, and the journal entry dropped. Repeating is success.
   * Throws `vm-store.address-taken` when the answered address belongs to another live record.
   */
  publish(name: string, operationId: string, made: CreatedVm): Promise<VmRecord>;
  /**
   * The VM was not made. `free` needs proof that nothing of it is left; `quarantine` keeps its addresses from being
   * handed out until an operator releases them.
   */
  abandon(name: string, operationId: string, addresses: 'free' | 'quarantine'): Promise<void>;

  /** active → suspended. What is suspended already stays so; the reason of a person takes the place of `expiry`. */
  suspend(name: string, reason: SuspendReason): Promise<VmRecord>;
  /** suspended → active, and it is to run; with `expiresAt` it is paid until then, in the same write. */
  activate(name: string, expiresAt?: string): Promise<VmRecord>;
  /** active | suspended → destroyed, addresses released. Needs proof that the VM is gone; repeating is success. */
  markDestroyed(name: string): Promise<void>;
  /** Whether a live VM is to run: what a host that starts again brings up. */
  setPower(name: string, desired: DesiredPower): Promise<VmRecord>;
  /**
   * Adds to the limits of a live VM; `null` lifts one. They are in force again whenever it was powered on. With `holder`
   * a program sets them: only where none stands or a looser one, which is kept for {@link releaseLimits}.
   */
  setLimits(name: string, limits: VmLimits, holder?: string): Promise<VmRecord>;
  /** Puts back what stood before `holder` set these limits; one that a person has set since stays. */
  releaseLimits(name: string, limits: readonly (keyof VmLimits)[], holder: string): Promise<VmRecord>;
  /** Its end has begun and is not proven: nothing may power it on. */
  setDestroyPending(name: string, pending: boolean): Promise<void>;
  /** Frees addresses in quarantine; answers how many. */
  releaseQuarantine(name: string): Promise<number>;

  /** Sets the end of the paid time, absolute; an earlier one than the recorded is ignored. Answers the record. */
  extendTo(name: string, expiresAt: string): Promise<VmRecord>;
  /**
   * Whether the guest's login comment names owner and credential of the live record. With `login`, what was written into
   * the guest, it counts only while the record still says the same.
   */
  setGecosSynced(name: string, synced: boolean, login?: RecordedLogin): Promise<void>;
  /** The chain has another owner of that credential: record it, and the login comment as outdated, in one write. */
  setOwner(name: string, tokenId: string, ownerWallet: Address): Promise<VmRecord>;
  /** The credential of the record is burnt, or is not after all. */
  setBurned(name: string, tokenId: string, burned: boolean): Promise<VmRecord>;
  /** A reorganisation took the mint back: the record has no credential, and that id counts as failed. */
  forgetMint(name: string, tokenId: string): Promise<VmRecord>;

  /** Reserves a credential id for a VM; a live or minted reservation of this VM is answered again. */
  reserveToken(vmName: string, ownerWallet: Address, hint: bigint | null): Promise<string>;
  /** From now on the id counts as possibly on the chain: it is never reserved again. */
  markTokenBroadcast(tokenId: string): Promise<void>;
  /**
   * The credential on the chain is `tokenId`: record and reservation say so. Another reserved id of this VM has failed
   * and the login comment counts as outdated. Repeating is success.
   */
  markMinted(vmName: string, tokenId: string, ownerWallet: Address): Promise<VmRecord>;
  markTokenFailed(vmName: string): Promise<void>;
  tokens(vmName?: string): Promise<readonly TokenReservation[]>;
}

export type VmStatus = 'creating' | 'active' | 'suspended' | 'destroyed';
export type SuspendReason = 'expiry' | 'admin' | 'abuse';
export type DesiredPower = 'on' | 'off';

export interface VmOrder {
  readonly name: string;
  readonly operationId: string;
  readonly ownerWallet: Address;
  /** Decimal digits. */
  readonly planId: string | null;
  readonly username: string;
  readonly cpu: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
}

export interface ReserveOptions {
  /** false when the provisioner chooses them. */
  readonly addresses?: boolean;
  /** Reserves a number of `vmid_range` too: none of these, which the hypervisor uses already. */
  readonly vmidsInUse?: readonly number[];
  /** Answers what would be reserved and keeps nothing. */
  readonly preview?: boolean;
}

export interface VmRecord extends VmOrder {
  readonly status: VmStatus;
  readonly backendRef: string | null;
  /** Number of `vmid_range` that it has; 0: none. */
  readonly vmid: number;
  /** TCP port of the guest's login service. */
  readonly loginPort: number;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  readonly fqdn: string | null;
  readonly nftTokenId: string | null;
  readonly nftMinted: boolean;
  /** When the host learnt of it. */
  readonly nftMintedAt: string | null;
  readonly gecosSynced: boolean;
  /** Its credential was minted and exists no more. */
  readonly nftBurned: boolean;
  readonly suspendReason: SuspendReason | null;
  readonly desiredPower: DesiredPower;
  /** Limits beside its size, the same after each start. */
  readonly limits: VmLimits;
  readonly destroyPending: boolean;
  /** Of its network card, where the provisioner tells. */
  readonly mac: string | null;
  /** Base image it was made from, where the provisioner tells. */
  readonly template: string | null;
  readonly createdAt: string;
  readonly suspendedAt: string | null;
  readonly destroyedAt: string | null;
}

/** What a login comment says: `wallet=…,nft=…`. */
export interface RecordedLogin {
  readonly ownerWallet: Address;
  readonly tokenId: string;
}

export interface TokenReservation {
  readonly tokenId: string;
  readonly vmName: string;
  readonly status: 'reserved' | 'minted' | 'failed';
  readonly ownerWallet: Address;
  /** A mint for it was signed: the id may have reached the chain. */
  readonly broadcast: boolean;
}

export const VM_STORE = portToken<VmStore>('vm-store', 1);

export const vmStorePort = definePort<VmStore>({
  name: 'vm-store',
  major: 1,
  token: VM_STORE,
  core: [
    'get',
    'list',
    'reserve',
    'publish',
    'abandon',
    'suspend',
    'activate',
    'markDestroyed',
    'setPower',
    'setLimits',
    'releaseLimits',
    'setDestroyPending',
    'releaseQuarantine',
    'extendTo',
    'setGecosSynced',
    'setOwner',
    'setBurned',
    'forgetMint',
    'reserveToken',
    'markTokenBroadcast',
    'markMinted',
    'markTokenFailed',
    'tokens',
  ],
  capabilities: {},
  answers: {},
});
