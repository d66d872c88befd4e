import { readFile, statfs } from 'node:fs/promises';
import type { Finding } from './finding.js';

const LITTLE_MEMORY = 0.05;
const FULL_DISK = 0.95;
/** Part of its time that this machine did not get from the one it runs on. */
const MUCH_STEAL = 0.1;

/** Counters of this machine at one moment. */
export interface HostCounters {
  readonly memoryKib: { readonly total: number; readonly available: number };
  /** File system of the host's state, in bytes. */
  readonly disk: { readonly total: number; readonly free: number };
  /** Since its start, in ticks. */
  readonly cpu: { readonly total: number; readonly steal: number };
}

/** From /proc (proc(5)) and the file system of `folder`. */
export async function readHost(folder: string): Promise<HostCounters> {
  const memory = await readFile('/proc/meminfo', 'latin1');
  const kib = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1] ?? 0);
  const [cpu = ''] = (await readFile('/proc/stat', 'latin1')).split('\n');
  const ticks = cpu.trim().split(/ +/).slice(1, 9).map(Number);
  const { blocks, bavail, bsize } = await statfs(folder);
  return {
    memoryKib: { total: kib('MemTotal'), available: kib('MemAvailable') },
    disk: { total: blocks * bsize, free: bavail * bsize },
    cpu: { total: ticks.reduce((sum, each) => sum + each, 0), steal: ticks[7] ?? 0 },
  };
}

/**
 * What presses on the host as a whole; `greatest` names the VMs that use most of a metric. They are only named: who presses
 * most may well keep to a plan that was sold too often.
 */
export function hostHealth(
  before: HostCounters | null,
  { memoryKib, disk, cpu }: HostCounters,
  greatest: (metric: 'cpu_percent' | 'memory_mb' | 'disk_mb') => readonly string[],
): readonly Finding[] {
  const findings: Finding[] = [];
  const tell = (kind: Finding['kind'], sentence: string, names: readonly string[]) =>
    findings.push({
      subject: 'host',
      kind,
      sentence: names.length === 0 ? sentence : `${sentence} Most is used by ${names.join(', ')}.`,
    });
  if (memoryKib.total > 0 && memoryKib.available < LITTLE_MEMORY * memoryKib.total)
    tell('host-memory', 'Less than 5 % of the memory of this host is available.', greatest('memory_mb'));
  if (disk.total > 0 && disk.free < (1 - FULL_DISK) * disk.total)
    tell('host-disk', 'The disk of this host is 95 % full.', greatest('disk_mb'));
  const ticks = before === null ? 0 : cpu.total - before.cpu.total;
  const stolen = before === null ? 0 : cpu.steal - before.cpu.steal;
  if (ticks > 0 && stolen > MUCH_STEAL * ticks)
    tell(
      'host-steal',
      'More than 10 % of its processor time was taken from this host.',
      greatest('cpu_percent'),
    );
  return findings;
}
