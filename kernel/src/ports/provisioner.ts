import type { Run } from '../run/run.js';
import type { Address } from './chain-engine.js';
import type { Presence } from './presence.js';
import { definePort, portToken } from './token.js';

/**
 * The verbs of a hypervisor (specification provisioners.md 3). Verbs on one VM are serialised by the caller; repeating a
 * verb whose goal holds succeeds without effect. A provisioner keeps no business: subscriptions, expiry and records are
 * the host's. A verb throws `provisioner.unreachable` when the hypervisor does not answer: it may be repeated once that
 * is back, and until then nothing follows from it.
 */
export interface Provisioner {
  /**
   * Creates and boots the VM of `spec`; resolves when its guest answers. Called again with the same `operationId` it
   * answers the first result, also after a crash at any point. A name in use by another operation is
   * `provisioner.name-taken`. On failure nothing of it is left.
   */
  create(spec: VmSpec, run: Run): Promise<CreatedVm>;
  /** Removes the VM and all that belongs to it; an absent VM is success. Resolves only once absence is proven. */
  destroy(vm: VmRef, run: Run): Promise<void>;
  /** Powers on; running is success. Throws `provisioner.no-such-vm`. */
  start(vm: VmRef, run: Run): Promise<void>;
  /**
   * Asks the guest to shut down and waits; not running is success. Throws `provisioner.still-running` after `timeoutMs`,
   * `provisioner.no-such-vm`.
   */
  stop(vm: VmRef, options: { readonly timeoutMs: number }, run: Run): Promise<void>;
  /** Powers off at once; not running is success. Throws `provisioner.no-such-vm`. */
  kill(vm: VmRef, run: Run): Promise<void>;
  /** `absent` is proof that no such VM exists; `unknown` when the hypervisor does not answer. */
  status(vm: VmRef): Promise<Presence<PowerState>>;
  /** Every VM this provisioner made, in one query; `unknown` when the hypervisor does not answer. */
  list(): Promise<Presence<readonly VmListing[]>>;
}

export type PowerState = 'running' | 'paused' | 'stopped';

export interface VmSpec {
  /** `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$` */
  readonly name: string;
  /** Identity of the order: the same id asks for the same VM. */
  readonly operationId: string;
  readonly ownerWallet: Address;
  /** Credential that will be minted for it, as decimal digits; null when not reserved. */
  readonly tokenId: string | null;
  /** Login user, `^[a-z_][a-z0-9_-]{0,31}$`. */
  readonly username: string;
  readonly cpu: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  /** Addresses reserved for it by the host; null when the provisioner assigns them itself. */
  readonly addresses: VmAddresses | null;
  /** Number reserved for it where the provisioner has capability `vmids`. */
  readonly vmid?: number;
  /** End of the paid time, ISO 8601 UTC. */
  readonly expiresAt: string;
}

export interface VmAddresses {
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

export interface CreatedVm {
  readonly name: string;
  /** The hypervisor's own id (libvirt UUID, PVE `node/vmid`): what later calls verify against. */
  readonly backendRef: string;
  readonly username: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
  /** Port of the login service when it is not 22. */
  readonly loginPort?: number;
  readonly mac?: string | null;
  /** Identity of the base image it was made from. */
  readonly template?: string | null;
}

export interface VmRef {
  readonly name: string;
  /** null for inherited records that never stored one. */
  readonly backendRef: string | null;
}

export interface VmListing {
  readonly name: string;
  readonly backendRef: string;
  readonly power: PowerState;
}

/** Capability `metrics`: cheap figures, never waiting for the guest (provisioners.md 3.9). −1 is "cannot know". */
export interface Metrics {
  metrics(vm: VmRef): Promise<VmMetrics>;
}

/** Capability `metricsBatch`. */
export interface MetricsBatch {
  /** As {@link Metrics}, of many VMs by one question, by name; one that cannot be measured now is left out. */
  metricsAll(vms: readonly VmRef[]): Promise<Readonly<Record<string, VmMetrics>>>;
}

export interface VmMetrics {
  readonly state: 'running' | 'paused' | 'stopped' | 'unknown';
  /** 0 … 100 × cpuCount. */
  readonly cpuPercent: number;
  readonly cpuCount: number;
  readonly memoryUsedMb: number;
  readonly memoryTotalMb: number;
  readonly diskUsedMb: number;
  readonly diskTotalMb: number;
  readonly diskReadIops: number;
  readonly diskWriteIops: number;
  readonly diskReadBytesPerSecond: number;
  readonly diskWriteBytesPerSecond: number;
  readonly netRxBytesPerSecond: number;
  readonly netTxBytesPerSecond: number;
  readonly netConnections: number;
  readonly guestAgentResponsive: boolean;
  readonly uptimeSeconds: number;
}

/** Capability `guestExec`. */
export interface GuestExec {
  /** Runs one shell command inside the guest, as its administrator. Throws `provisioner.guest-unreachable`. */
  guestExec(vm: VmRef, command: string, options: { readonly timeoutMs: number }): Promise<GuestResult>;
}

export interface GuestResult {
  /** Exit code of the command; a command that a signal or the time limit ended throws instead. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Capability `updateGecos`: who may log in, written into the running guest and read back. */
export interface UpdateGecos {
  /** Sets the comment of `username` to `wallet=<wallet>,nft=<tokenId>`. */
  updateGecos(
    vm: VmRef,
    login: { readonly wallet: Address; readonly tokenId: string; readonly username: string },
  ): Promise<void>;
}

/** Capability `throttle`: limits in force now; `null` lifts one, absent leaves it (provisioners.md 3.10). */
export interface Throttle {
  throttle(vm: VmRef, limits: VmLimits): Promise<void>;
}

export interface VmLimits {
  readonly cpuShares?: number | null;
  readonly cpuQuotaPercent?: number | null;
  readonly bandwidthInKbit?: number | null;
  readonly bandwidthOutKbit?: number | null;
  readonly iopsRead?: number | null;
  readonly iopsWrite?: number | null;
}

/** Capability `template`: the base image new VMs are made from. */
export interface Template {
  buildTemplate(
    options: { readonly force: boolean },
    run: Run,
  ): Promise<{ readonly fingerprint: string; readonly built: boolean }>;
}

/** Capability `detect`: is the platform here? */
export interface Detect {
  detect(): Promise<{ readonly present: boolean; readonly explanation: string }>;
}

/** Capability `vmids`: its VMs have numbers, which the host gives from `vmid_range`. */
export interface Vmids {
  /** Every number that is in use on the hypervisor, by whomever, templates too. */
  vmidsInUse(): Promise<Presence<readonly number[]>>;
}

/** Capability `assignsAddresses`: `create` ignores `spec.addresses` and answers the addresses it chose. */

export const PROVISIONER = portToken<Provisioner & Partial<ProvisionerCapabilities>>('provisioner', 1);

export type ProvisionerCapabilities = Metrics &
  MetricsBatch &
  GuestExec &
  UpdateGecos &
  Throttle &
  Template &
  Detect &
  Vmids;

export const provisionerPort = definePort<Provisioner & Partial<ProvisionerCapabilities>>({
  name: 'provisioner',
  major: 1,
  token: PROVISIONER,
  core: ['create', 'destroy', 'start', 'stop', 'kill', 'status', 'list'],
  capabilities: {
    metrics: ['metrics'],
    metricsBatch: ['metricsAll'],
    throttle: ['throttle'],
    guestExec: ['guestExec'],
    updateGecos: ['updateGecos'],
    template: ['buildTemplate'],
    detect: ['detect'],
    assignsAddresses: [],
    vmids: ['vmidsInUse'],
    snapshot: ['snapshot'],
    console: ['console'],
    resize: ['resize'],
    nodes: ['nodes'],
  },
  answers: {
    create: 'created-vm',
    status: 'power-presence',
    list: 'vm-listing-presence',
    metrics: 'vm-metrics',
    metricsAll: 'vm-metrics-batch',
    guestExec: 'guest-result',
  },
});
