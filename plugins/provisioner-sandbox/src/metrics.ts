import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmMetrics } from '@blockhost/kernel';
import { markedProcesses } from './marked-processes.js';
import { answersPing, powerState, supervisorOf } from './power.js';
import { type ProcessIdentity, processStat } from './process-identity.js';
import type { Definition } from './vm-folder.js';

/** USER_HZ: the unit of every tick in /proc, 100 per second on all Linux platforms of ours. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const MB = 1024 * 1024;
/** Closer samples give noise: the previous rate is answered again. */
const SHORTEST_SPACING_MS = 500;

interface Sample {
  /** Milliseconds since boot. */
  readonly at: number;
  /** Identity of the supervisor: counters start over with it. */
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly cpuPercent: number;
}

/** Figures of a VM from /proc and its folder; network and disk rates cannot be known without privilege: −1. */
export async function measure(folder: string, { spec, backendRef }: Definition): Promise<VmMetrics> {
  const supervisor = await supervisorOf(folder);
  const running = supervisor !== null && (await powerState(folder)) === 'running';
  const used = running ? await usage(backendRef) : { cpuTicks: 0, residentBytes: 0 };
  const upSince = running ? supervisor.startTicks * (1000 / TICKS_PER_SECOND) : 0;
  const now = await sinceBootMs();
  const percent = running ? await cpuPercent(folder, supervisor, used.cpuTicks, now) : 0;
  const unknowable = running ? -1 : 0;
  return {
    state: running ? 'running' : 'stopped',
    cpuPercent: Math.min(percent, 100 * spec.cpu),
    cpuCount: spec.cpu,
    memoryUsedMb: Math.round(used.residentBytes / MB),
    memoryTotalMb: spec.memoryMb,
    diskUsedMb: Math.ceil((await bytesBelow(join(folder, 'rootfs'))) / MB),
    diskTotalMb: spec.diskGb * 1024,
    diskReadIops: unknowable,
    diskWriteIops: unknowable,
    diskReadBytesPerSecond: unknowable,
    diskWriteBytesPerSecond: unknowable,
    netRxBytesPerSecond: unknowable,
    netTxBytesPerSecond: unknowable,
    netConnections: unknowable,
    guestAgentResponsive: running && (await answersPing(folder)),
    uptimeSeconds: running ? Math.max(0, Math.floor((now - upSince) / 1000)) : 0,
  };
}

async function usage(backendRef: string): Promise<{ cpuTicks: number; residentBytes: number }> {
  const stats = (await markedProcesses(backendRef)).map(processStat).filter((stat) => stat !== null);
  return {
    cpuTicks: stats.reduce((sum, stat) => sum + stat.userTicks + stat.systemTicks, 0),
    residentBytes: stats.reduce((sum, stat) => sum + stat.residentPages * PAGE_BYTES, 0),
  };
}

/** Share of one processor since the previous sample, which lies beside the VM; 0 at the first and after a restart. */
async function cpuPercent(
  folder: string,
  { startTicks }: ProcessIdentity,
  cpuTicks: number,
  at: number,
): Promise<number> {
  const file = join(folder, 'sample.json');
  const before = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Sample,
    () => null,
  );
  const comparable = before?.startTicks === startTicks && cpuTicks >= before.cpuTicks && at >= before.at;
  if (comparable && at - before.at < SHORTEST_SPACING_MS) return before.cpuPercent;
  const seconds = comparable ? (at - before.at) / 1000 : 0;
  const percent = comparable ? ((cpuTicks - before.cpuTicks) / TICKS_PER_SECOND / seconds) * 100 : 0;
  const sample: Sample = { at, startTicks, cpuTicks, cpuPercent: percent };
  // Not worth an fsync: a lost or torn sample costs one rate of 0.
  await writeFile(file, JSON.stringify(sample));
  return percent;
}

async function sinceBootMs(): Promise<number> {
  return Number((await readFile('/proc/uptime', 'latin1')).split(' ')[0]) * 1000;
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries.map((entry) =>
    lstat(join(entry.parentPath, entry.name)).then(
      (stat) => stat.blocks * 512,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
