import type { ConfigFile } from '@blockhost/kernel';

/** `root-agent.yaml`: what the root agent runs beside the actions of plugins. A missing file means none of it. */
export interface RootAgentYaml {
  /** Modules of `/usr/share/blockhost/root-agent-actions` by the name of their file, without `.py`. */
  readonly foreign_actions?: Readonly<
    Record<
      string,
      { /** Seconds that each of its actions may take; 120 unless told. */ readonly timeout?: number } | null
    >
  >;
}

export const ROOT_AGENT_YAML: ConfigFile<RootAgentYaml> = {
  name: 'root-agent.yaml',
  format: 'yaml',
  mode: 0o640,
  schema: {
    type: 'object',
    properties: {
      foreign_actions: {
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' },
        additionalProperties: {
          type: ['object', 'null'],
          properties: { timeout: { type: 'integer', minimum: 1, maximum: 3_600 } },
          additionalProperties: false,
        },
      },
    },
  },
};
