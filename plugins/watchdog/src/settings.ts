import type { ConfigFile, HostConfig } from '@blockhost/kernel';

interface MonitorYaml {
  readonly polling?: { readonly budget_ms?: number; readonly min_interval_ms?: number };
}

/** `monitor.yaml`: how often to look. Keys of earlier generations (`paths`, `log`) are let alone. */
const MONITOR_YAML: ConfigFile<MonitorYaml> = {
  name: 'monitor.yaml',
  format: 'yaml',
  mode: 0o640,
  schema: {
    type: 'object',
    properties: {
      polling: {
        type: 'object',
        properties: {
          budget_ms: { type: 'integer', minimum: 1, maximum: 600_000 },
          min_interval_ms: { type: 'integer', minimum: 100, maximum: 3_600_000 },
        },
      },
    },
  },
};

export interface Settings {
  /** What a look may take before that is told. */
  readonly budgetMs: number;
  readonly minIntervalMs: number;
}

/** Throws `config.invalid`, `config.unreadable`. */
export async function readSettings(config: HostConfig): Promise<Settings> {
  const { polling } = (await config.find(MONITOR_YAML)) ?? {};
  return { budgetMs: polling?.budget_ms ?? 500, minIntervalMs: polling?.min_interval_ms ?? 10_000 };
}
