import type { VmMetrics } from '@blockhost/kernel';

/** Figures of a running VM of which little is known, for tests. */
export function aFigure(figures: Partial<VmMetrics> = {}): VmMetrics {
  return {
    state: 'running',
    cpuPercent: 5,
    cpuCount: 2,
    memoryUsedMb: 256,
    memoryTotalMb: 1_024,
    diskUsedMb: -1,
    diskTotalMb: 10_240,
    diskReadIops: -1,
    diskWriteIops: -1,
    diskReadBytesPerSecond: -1,
    diskWriteBytesPerSecond: -1,
    netRxBytesPerSecond: 0,
    netTxBytesPerSecond: 0,
    netConnections: -1,
    guestAgentResponsive: true,
    uptimeSeconds: 60,
    ...figures,
  };
}
