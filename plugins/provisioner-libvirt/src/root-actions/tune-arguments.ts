/** Limits as `virsh-tune` takes them; 0 lifts one, a missing one stays. */
export interface Limits {
  readonly cpuShares?: number;
  readonly cpuQuotaPercent?: number;
  readonly bandwidthInKbit?: number;
  readonly bandwidthOutKbit?: number;
  readonly iopsRead?: number;
  readonly iopsWrite?: number;
}

/** Normal weight of a group on each version of Linux's control groups; the port's own scale is that of version 1. */
const NORMAL = { 1: 1024, 2: 100 } as const;
const NORMAL_PERIOD_US = 100_000;
/** The least quota that libvirt takes, in microseconds. */
const LEAST_QUOTA_US = 1_000;

/** A figure of what `virsh` printed as `name : value`. */
function figure(printed: string, name: string): number | undefined {
  const value = new RegExp(`^${name}\\s*:\\s*(-?\\d+)$`, 'm').exec(printed)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** What `virsh schedinfo` is told, after it has printed `present`. A quota is that of each virtual CPU. */
export function cpuArguments(
  { cpuShares, cpuQuotaPercent }: Limits,
  present: string,
  version: keyof typeof NORMAL,
): string[] {
  const set: string[] = [];
  if (cpuShares !== undefined) {
    const shares = cpuShares === 0 ? NORMAL[1] : cpuShares;
    // Least and most of `cpu.shares` and `cpu.weight`.
    const weight =
      version === 1
        ? Math.max(2, shares)
        : Math.min(10_000, Math.max(1, Math.round((shares * NORMAL[2]) / NORMAL[1])));
    set.push('--set', `cpu_shares=${weight}`);
  }
  if (cpuQuotaPercent !== undefined) {
    const period = figure(present, 'vcpu_period') || NORMAL_PERIOD_US;
    const quota = Math.max(LEAST_QUOTA_US, Math.round((cpuQuotaPercent * period) / 100));
    set.push('--set', `vcpu_quota=${cpuQuotaPercent === 0 ? -1 : quota}`);
  }
  return set;
}

/** What `virsh blkdeviotune` is told: it sets both directions at once, so the other one is told as it was. */
export function diskArguments({ iopsRead, iopsWrite }: Limits, present: string): string[] {
  if (iopsRead === undefined && iopsWrite === undefined) return [];
  const read = iopsRead ?? figure(present, 'read_iops_sec') ?? 0;
  const write = iopsWrite ?? figure(present, 'write_iops_sec') ?? 0;
  return ['--read-iops-sec', String(read), '--write-iops-sec', String(write)];
}

/** What `virsh domiftune` is told; directions are the guest's: in is towards it. */
export function networkArguments({ bandwidthInKbit, bandwidthOutKbit }: Limits): string[] {
  return [
    ...(bandwidthInKbit === undefined ? [] : ['--inbound', rate(bandwidthInKbit)]),
    ...(bandwidthOutKbit === undefined ? [] : ['--outbound', rate(bandwidthOutKbit)]),
  ];
}

/** `average,peak,burst` of libvirt: kilobytes per second twice, then kilobytes, of one second. Zeros lift the limit. */
function rate(kbit: number): string {
  if (kbit === 0) return '0,0,0';
  const average = Math.max(1, Math.round(kbit / 8));
  return `${average},${2 * average},${average}`;
}
