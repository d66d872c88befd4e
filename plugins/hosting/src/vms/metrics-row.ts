import type { VmMetrics } from '@blockhost/kernel';

/** Where the documented name is not that of the port in other letters (provisioners.md 3.9). */
const NAMED: Readonly<Record<string, string>> = {
  diskReadBytesPerSecond: 'disk_read_bytes_sec',
  diskWriteBytesPerSecond: 'disk_write_bytes_sec',
  netRxBytesPerSecond: 'net_rx_bytes_sec',
  netTxBytesPerSecond: 'net_tx_bytes_sec',
};

/** Figures of a VM by their documented names. */
export function metricsRow(metrics: VmMetrics): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(metrics).map(([field, value]) => [NAMED[field] ?? snakeCase(field), value]),
  );
}

const snakeCase = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
