import type { VmLimits, VmMetrics } from '@blockhost/kernel';

/** What a rule may limit (provisioners.md 9.2); also what the history keeps. */
export interface Metric {
  /** In its unit; negative when it cannot be known. */
  read(figures: VmMetrics): number;
  /** The limits of the provisioner that hold a VM of so many CPUs to `limit`; none where only its owner can use less. */
  readonly throttle?: (limit: number, cpus: number) => VmLimits;
}

export const METRICS = {
  cpu_percent: {
    read: ({ cpuPercent }) => cpuPercent,
    // The quota is a share of all its CPUs, the metric one of a single CPU.
    throttle: (limit, cpus) => ({
      cpuQuotaPercent: Math.min(100, Math.max(1, Math.floor(limit / Math.max(1, cpus)))),
    }),
  },
  memory_mb: { read: ({ memoryUsedMb }) => memoryUsedMb },
  disk_mb: { read: ({ diskUsedMb }) => diskUsedMb },
  rx_kbps: {
    read: ({ netRxBytesPerSecond }) => kilobits(netRxBytesPerSecond),
    throttle: (limit) => ({ bandwidthInKbit: limit }),
  },
  tx_kbps: {
    read: ({ netTxBytesPerSecond }) => kilobits(netTxBytesPerSecond),
    throttle: (limit) => ({ bandwidthOutKbit: limit }),
  },
  iops_read: { read: ({ diskReadIops }) => diskReadIops, throttle: (limit) => ({ iopsRead: limit }) },
  iops_write: { read: ({ diskWriteIops }) => diskWriteIops, throttle: (limit) => ({ iopsWrite: limit }) },
} satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;

export const metricNames = Object.keys(METRICS) as readonly MetricName[];

export const metric = (name: MetricName): Metric => METRICS[name];

const kilobits = (bytes: number): number => (bytes < 0 ? -1 : (bytes * 8) / 1_000);
