import type { VmMetrics } from '@blockhost/kernel';

/** Field of the verb's reply → field of the port (specification provisioners.md 3.9). */
const FIGURES = {
  cpu_percent: 'cpuPercent',
  cpu_count: 'cpuCount',
  memory_used_mb: 'memoryUsedMb',
  memory_total_mb: 'memoryTotalMb',
  disk_used_mb: 'diskUsedMb',
  disk_total_mb: 'diskTotalMb',
  disk_read_iops: 'diskReadIops',
  disk_write_iops: 'diskWriteIops',
  disk_read_bytes_sec: 'diskReadBytesPerSecond',
  disk_write_bytes_sec: 'diskWriteBytesPerSecond',
  net_rx_bytes_sec: 'netRxBytesPerSecond',
  net_tx_bytes_sec: 'netTxBytesPerSecond',
  net_connections: 'netConnections',
  uptime_seconds: 'uptimeSeconds',
} as const;

const STATES: readonly string[] = ['running', 'paused', 'stopped'];

/** The figures in a reply of `metrics`; what is missing is −1, "cannot know". null when it is no JSON object. */
export function metricsReply(stdout: string): VmMetrics | null {
  const reply = objectIn(stdout);
  return reply && figuresOf(reply);
}

/** Those in a reply of `metrics --all`, by name; an entry that is no object is left out. null when the whole is none. */
export function metricsReplyOfAll(stdout: string): ReadonlyMap<string, VmMetrics> | null {
  const reply = objectIn(stdout);
  if (reply === null) return null;
  return new Map(
    Object.entries(reply).flatMap(([name, each]) => (isObject(each) ? [[name, figuresOf(each)]] : [])),
  );
}

type Reply = Readonly<Record<string, unknown>>;

function figuresOf(reply: Reply): VmMetrics {
  const figures = Object.entries(FIGURES).map(([theirs, ours]) => {
    const value = typeof reply[theirs] === 'string' ? Number(reply[theirs]) : reply[theirs];
    return [ours, typeof value === 'number' && Number.isFinite(value) ? value : -1];
  });
  return {
    ...Object.fromEntries(figures),
    state: STATES.includes(String(reply.state)) ? reply.state : 'unknown',
    guestAgentResponsive: reply.guest_agent_responsive === true,
  } as VmMetrics;
}

function objectIn(text: string): Reply | null {
  try {
    const reply: unknown = JSON.parse(text);
    return isObject(reply) ? reply : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Reply {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
