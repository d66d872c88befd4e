import type { ConfigFile, HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, type BlockhostYaml, type PlanSize } from '@blockhost/kernel/host-files';

/** What the business reads of blockhost.yaml. */
export interface Settings {
  readonly publicSecret: string;
  /** Size of a plan's VMs by decimal plan id. */
  planSize(planId: string | null): Required<PlanSize>;
  /** Login user of new VMs. */
  readonly username: string;
  readonly pollIntervalMs: number;
  /** Waits before the second, third and fourth try of a stage. */
  readonly retryDelaysMs: readonly number[];
}

interface MonitorSection {
  readonly monitor?: {
    readonly poll_interval_ms?: number;
    readonly retry_delays_ms?: readonly number[];
  };
}

/** The same file as {@link BLOCKHOST_YAML}, seen with the section that belongs to the monitor. */
const MONITOR_SECTION: ConfigFile<MonitorSection> = {
  name: BLOCKHOST_YAML.name,
  format: BLOCKHOST_YAML.format,
  mode: BLOCKHOST_YAML.mode,
  schema: {
    type: 'object',
    properties: {
      monitor: {
        type: 'object',
        properties: {
          poll_interval_ms: { type: 'integer', minimum: 10 },
          retry_delays_ms: { type: 'array', items: { type: 'integer', minimum: 0 } },
        },
      },
    },
  },
};

const DEFAULT_SIZE: Required<PlanSize> = { cpu: 1, memory: 2048, disk: 20 };

/** What customers sign to log in; throws as {@link readSettings}. */
export async function readPublicSecret(config: HostConfig): Promise<string> {
  return publicSecretOf(await config.read(BLOCKHOST_YAML));
}

const publicSecretOf = (yaml: Pick<BlockhostYaml, 'public_secret'>) =>
  yaml.public_secret ?? 'blockhost-access';

/** Reads blockhost.yaml; throws `config.missing` or `config.invalid`. */
export async function readSettings(config: HostConfig): Promise<Settings> {
  const [yaml, { monitor }] = [await config.read(BLOCKHOST_YAML), await config.read(MONITOR_SECTION)];
  return {
    publicSecret: publicSecretOf(yaml),
    planSize: (planId) => ({ ...DEFAULT_SIZE, ...(planId === null ? {} : yaml.plans?.[planId]) }),
    username: 'admin',
    pollIntervalMs: monitor?.poll_interval_ms ?? 5_000,
    retryDelaysMs: monitor?.retry_delays_ms ?? [5_000, 10_000, 20_000],
  };
}
