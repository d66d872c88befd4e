import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Paths, type VmMetrics, writeFileAtomic } from '@blockhost/kernel';
import type { Definition } from './definitions.js';
import type { GuestFigures } from './guest-figures.js';
import type { Hypervisor } from './hypervisor.js';
import { domainOf } from './inventory.js';
import { refusals } from './refusals.js';

/** The guest may be silent: figures do not wait for it longer than this. */
const PING_MS = 800;
/** Milliseconds between two samples below which rates are noise. */
const SPACING_MS = 500;

/** Counters that rates are made of, at one time. */
interface Sample {
  readonly at: number;
  readonly backendRef: string;
  readonly counters: Readonly<Record<string, number>>;
}

const COUNTERS = {
  cpu: 'cpu.time',
  reads: 'block.0.rd.reqs',
  writes: 'block.0.wr.reqs',
  readBytes: 'block.0.rd.bytes',
  writeBytes: 'block.0.wr.bytes',
  rx: 'net.0.rx.bytes',
  tx: 'net.0.tx.bytes',
} as const;

/** What figures are taken with. */
export interface Instruments {
  readonly hypervisor: Hypervisor;
  readonly guests: GuestFigures;
  readonly paths: Paths;
}

/** Figures of one VM from one look at libvirt (specification provisioners.md 3.9, 6.7). */
export async function measure(
  { hypervisor, guests, paths }: Instruments,
  vm: Definition,
): Promise<VmMetrics> {
  const domain = domainOf(vm);
  const pinged = hypervisor.guestAnswers(domain);
  const stats = await hypervisor.stats(domain);
  if (stats.kind === 'unknown') throw refusals.unreachable(stats.reason);
  if (stats.kind === 'absent') throw refusals.unknownState(vm.spec.name, 'libvirt does not know it');
  const figure = (name: string) => Number(stats.value[name] ?? 0);
  const cpuCount = figure('vcpu.current') || vm.spec.cpu;
  const state = stateOf(figure('state.state'));
  const sizes = {
    cpuCount,
    memoryTotalMb: vm.spec.memoryMb,
    diskTotalMb: vm.spec.diskGb * 1024,
  };
  if (state === 'stopped' || state === 'unknown') return { ...STILL, ...sizes, state };
  const told = guests.of(vm);
  const counters = Object.fromEntries(Object.entries(COUNTERS).map(([key, name]) => [key, figure(name)]));
  const rates = await ratesSince(paths, vm, counters);
  const usable = figure('balloon.usable');
  const usedKib = usable > 0 ? figure('balloon.available') - usable : figure('balloon.rss');
  return {
    ...sizes,
    ...(await told),
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
    guestAgentResponsive: await Promise.race([pinged, delay(PING_MS, false, { ref: false })]),
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

/** Of a VM that is gone. */
export function forgetSamples(paths: Paths, name: string): Promise<void> {
  return rm(sampleFile(paths, name), { force: true });
}

function sampleFile(paths: Paths, name: string): string {
  return paths.resolve(`/var/lib/blockhost/libvirt/metrics/${name}`);
}

/** Per second since the sample before; zeros for the first one and after a counter began anew. */
async function ratesSince(
  paths: Paths,
  { backendRef, spec }: Definition,
  counters: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>>> {
  const file = sampleFile(paths, spec.name);
  const at = Date.now();
  const before = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Sample,
    () => null,
  );
  const elapsed = before === null ? 0 : at - before.at;
  if (before !== null && elapsed >= 0 && elapsed < SPACING_MS && before.backendRef === backendRef) return {};
  await mkdir(dirname(file), { recursive: true, mode: 0o750 });
  await writeFileAtomic(file, JSON.stringify({ at, backendRef, counters } satisfies Sample), 0o640);
  if (before === null || before.backendRef !== backendRef || elapsed <= 0) return {};
  const grown = Object.entries(counters).map(([name, value]) => {
    const since = value - (before.counters[name] ?? value);
    return [name, since > 0 ? (since * 1000) / elapsed : 0] as const;
  });
  return Object.fromEntries(grown);
}
