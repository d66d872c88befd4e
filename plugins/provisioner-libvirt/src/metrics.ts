import { setTimeout as delay } from 'node:timers/promises';
import type { Paths, VmMetrics } from '@blockhost/kernel';
import type { Definition } from './definitions.js';
import type { GuestFigures } from './guest-figures.js';
import type { DomainStats, Hypervisor } from './hypervisor.js';
import { domainOf } from './inventory.js';
import { ratesSince } from './rates.js';
import { refusals } from './refusals.js';

/** The guest may be silent: figures do not wait for it longer than this. */
const PING_MS = 800;

/** `DISK` stands for the number of the system disk: other media come and go. */
const COUNTERS = {
  cpu: 'cpu.time',
  reads: 'block.DISK.rd.reqs',
  writes: 'block.DISK.wr.reqs',
  readBytes: 'block.DISK.rd.bytes',
  writeBytes: 'block.DISK.wr.bytes',
  rx: 'net.0.rx.bytes',
  tx: 'net.0.tx.bytes',
} as const;
const SYSTEM_DISK = 'vda';

/** What figures are taken with. */
export interface Instruments {
  readonly hypervisor: Hypervisor;
  readonly guests: GuestFigures;
  readonly paths: Paths;
}

/** Figures of one VM from one look at libvirt (specification provisioners.md 3.9, 6.7). */
export async function measure(instruments: Instruments, vm: Definition): Promise<VmMetrics> {
  const { hypervisor } = instruments;
  const domain = domainOf(vm);
  const pinged = hypervisor.guestAnswers(domain);
  const stats = await hypervisor.stats(domain);
  if (stats.kind === 'unknown') throw refusals.unreachable(stats.reason);
  if (stats.kind === 'absent') throw refusals.unknownState(vm.spec.name, 'libvirt does not know it');
  const figures = await figuresFrom(instruments, vm, stats.value);
  if (figures.state === 'stopped' || figures.state === 'unknown') return figures;
  const guestAgentResponsive = await Promise.race([pinged, delay(PING_MS, false, { ref: false })]);
  return { ...figures, guestAgentResponsive };
}

/** As {@link measure}, of many VMs from one look: a guest responds if it did when it was asked last. */
export async function measureAll(
  instruments: Instruments,
  vms: readonly Definition[],
): Promise<Readonly<Record<string, VmMetrics>>> {
  const stats = await instruments.hypervisor.allStats();
  if (stats.kind !== 'present')
    throw refusals.unreachable(stats.kind === 'unknown' ? stats.reason : 'no answer');
  const measured = await Promise.all(
    vms.map(async (vm) => {
      const own = stats.value.get(vm.backendRef);
      return own === undefined ? [] : [[vm.spec.name, await figuresFrom(instruments, vm, own)] as const];
    }),
  );
  return Object.fromEntries(measured.flat());
}

async function figuresFrom(
  { guests, paths }: Instruments,
  vm: Definition,
  stats: DomainStats,
): Promise<VmMetrics> {
  const figure = (name: string) => Number(stats[name] ?? 0);
  const cpuCount = figure('vcpu.current') || vm.spec.cpu;
  const state = stateOf(figure('state.state'));
  const sizes = {
    cpuCount,
    memoryTotalMb: vm.spec.memoryMb,
    diskTotalMb: vm.spec.diskGb * 1024,
  };
  if (state === 'stopped' || state === 'unknown') return { ...STILL, ...sizes, state };
  const told = await guests.of(vm);
  const [disk = 'block.0.name'] = Object.entries(stats)
    .filter(([name, value]) => /^block\.\d+\.name$/.test(name) && value === SYSTEM_DISK)
    .map(([name]) => name);
  const counters = Object.fromEntries(
    Object.entries(COUNTERS).map(([key, name]) => [
      key,
      figure(name.replace('block.DISK', disk.replace('.name', ''))),
    ]),
  );
  const rates = await ratesSince(paths, vm, counters);
  const usable = figure('balloon.usable');
  const usedKib = usable > 0 ? figure('balloon.available') - usable : figure('balloon.rss');
  return {
    ...sizes,
    ...told,
    state,
    // Nanoseconds of all CPUs in a second.
    cpuPercent: Math.min(100 * cpuCount, (rates.cpu ?? 0) / 1e7),
    memoryUsedMb: Math.max(0, Math.round(usedKib / 1024)),
    diskReadIops: Math.round(rates.reads ?? 0),
    diskWriteIops: Math.round(rates.writes ?? 0),
    diskReadBytesPerSecond: Math.round(rates.readBytes ?? 0),
    diskWriteBytesPerSecond: Math.round(rates.writeBytes ?? 0),
    netRxBytesPerSecond: Math.round(rates.rx ?? 0),
    netTxBytesPerSecond: Math.round(rates.tx ?? 0),
    guestAgentResponsive: told.uptimeSeconds >= 0,
  };
}

const STILL = {
  cpuPercent: 0,
  memoryUsedMb: 0,
  diskReadIops: 0,
  diskWriteIops: 0,
  diskReadBytesPerSecond: 0,
  diskWriteBytesPerSecond: 0,
  netRxBytesPerSecond: 0,
  netTxBytesPerSecond: 0,
  guestAgentResponsive: false,
  diskUsedMb: -1,
  netConnections: -1,
  uptimeSeconds: -1,
} as const;

/** `virDomainState` in the words of the port. */
function stateOf(state: number): VmMetrics['state'] {
  if ([1, 2, 4].includes(state)) return 'running';
  if ([3, 7].includes(state)) return 'paused';
  return [5, 6].includes(state) ? 'stopped' : 'unknown';
}
