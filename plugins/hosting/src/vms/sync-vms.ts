import {
  BlockhostError,
  type Clock,
  type Logger,
  type Paths,
  type Provisioner,
  type ProvisionerCapabilities,
  sentenceOf,
  supports,
  type VmRecord,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { powerOn } from './power-on.js';
import { withVmLock } from './vm-lock.js';

export interface SyncHost {
  readonly vms: VmStore;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  readonly clock: Clock;
  readonly paths: Pick<Paths, 'run'>;
  readonly log: Logger;
}

export interface SyncResult {
  /** Was off and is on; with `dryRun`: is off and would be powered on. */
  readonly started: readonly string[];
  /** Ran already and has its limits again. */
  readonly limited: readonly string[];
  /** Of the provisioner, and no record knows them. */
  readonly orphans: readonly string[];
  /** On record, and the provisioner says that they do not exist. */
  readonly missing: readonly string[];
  readonly failed: readonly { readonly vm: string; readonly reason: string }[];
  /** It gave way before it had looked at every VM. */
  readonly isPaused: boolean;
}

export interface SyncOrder {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Asked between two VMs: whether to give way. */
  readonly pause?: () => Promise<boolean>;
  /** Names that a round which gave way has dealt with; those of this one are added. */
  readonly seen?: Set<string>;
}

/** Step of {@link syncVms}, where a crash test may kill it. */
export const syncSteps = ['start-vm'] as const;

/**
 * Brings up what should run and does not, as after a start of the host, and puts routes and limits in force again
 * (provisioners.md 3.14). What is suspended, wanted off, at its end or past its paid time stays as it is. One question tells what runs;
 * without an answer nothing is done and `provisioner.unreachable` is thrown.
 */
export async function syncVms(
  host: SyncHost,
  { dryRun, signal, pause = async () => false, seen = new Set() }: SyncOrder,
): Promise<SyncResult> {
  const { vms, provisioner } = host;
  const listing = await provisioner.list();
  if (listing.kind !== 'present')
    throw new BlockhostError('provisioner.unreachable', 'The hypervisor does not answer: nothing was done.', {
      facts: listing.kind === 'unknown' ? { reason: listing.reason } : {},
      remedy: 'Try again when it does.',
    });
  // Read after the listing: what was made meanwhile has a record, and is no orphan.
  const records = await vms.list();
  const powers = new Map(listing.value.map(({ name, power }) => [name, power]));
  const known = new Set(records.map(({ name }) => name));
  const started: string[] = [];
  const limited: string[] = [];
  const failed: { vm: string; reason: string }[] = [];
  let isPaused = false;
  const due = records.filter((record) => shouldRun(record, host.clock.now()) && !seen.has(record.name));
  for (const [index, vm] of due.entries()) {
    if (index > 0 && (await pause())) {
      isPaused = true;
      break;
    }
    seen.add(vm.name);
    const power = powers.get(vm.name);
    if (power !== 'stopped' && power !== 'running') continue;
    const isLimited = Object.keys(vm.limits).length > 0 && supports(provisioner, 'throttle');
    signal.throwIfAborted();
    try {
      // One that runs is started as well: its routes may be gone.
      if (!dryRun && !(await bringUp(vm, host, signal))) continue;
      if (power === 'stopped') started.push(vm.name);
      else if (isLimited) limited.push(vm.name);
    } catch (error) {
      signal.throwIfAborted();
      failed.push({ vm: vm.name, reason: sentenceOf(error) });
      host.log.error('a VM that should run could not be brought up', {
        vm: vm.name,
        reason: sentenceOf(error),
      });
    }
  }
  return {
    started,
    limited,
    orphans: listing.value.filter(({ name }) => !known.has(name)).map(({ name }) => name),
    missing: records
      .filter(({ name, status }) => status !== 'creating' && !powers.has(name))
      .map(({ name }) => name),
    failed,
    isPaused,
  };
}

/** False when it should not run any more. */
function bringUp(vm: VmRecord, host: SyncHost, signal: AbortSignal): Promise<boolean> {
  const { vms, paths, log, clock } = host;
  return withVmLock(
    paths,
    vm.name,
    'starting',
    () =>
      withRun({ name: 'sync', id: vm.operationId, log, signal }, async (run) => {
        const fresh = await vms.get(vm.name);
        if (fresh === null || fresh.operationId !== vm.operationId || !shouldRun(fresh, clock.now()))
          return false;
        await run.step('start-vm', () => powerOn(fresh, host, run));
        return true;
      }),
    signal,
  );
}

function shouldRun(vm: VmRecord, now: number): boolean {
  const isWanted = vm.status === 'active' && vm.desiredPower === 'on' && !vm.destroyPending;
  return isWanted && Date.parse(vm.expiresAt) > now;
}
