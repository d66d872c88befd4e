import { BlockhostError, type ConfigFile, type HostConfig, hasCode, sentenceOf } from '@blockhost/kernel';
import { type MetricName, metricNames } from './metric.js';

/** What VMs of one plan may use. */
export type PlanRule = Readonly<Partial<Record<MetricName, number>>> & {
  /** A metric may be `factor` times its limit for `seconds`, or less for longer. */
  readonly burst?: { readonly factor?: number; readonly seconds?: number };
  readonly actions?: { readonly throttle?: boolean; readonly suspend?: boolean };
};

/** `plan-limits.yaml` (provisioners.md 9.2). */
export interface PlanLimitsYaml {
  /** Only says what it would do; true unless told. */
  readonly dry_run?: boolean;
  /** By decimal plan id. */
  readonly plans?: Readonly<Record<string, PlanRule>>;
  /** For VMs of other plans and of none. */
  readonly default?: PlanRule;
  /** Names of VMs that are let alone. */
  readonly exempt?: readonly string[];
}

const amount = { type: 'integer', minimum: 1, maximum: 1_000_000_000 };

// Unknown keys are refused: a limit that is misspelt would hold nobody.
const RULE = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...Object.fromEntries(metricNames.map((name) => [name, amount])),
    burst: {
      type: 'object',
      additionalProperties: false,
      properties: {
        factor: { type: 'number', minimum: 1, maximum: 1_000 },
        seconds: { type: 'integer', minimum: 0, maximum: 86_400 },
      },
    },
    actions: {
      type: 'object',
      additionalProperties: false,
      properties: { throttle: { type: 'boolean' }, suspend: { type: 'boolean' } },
    },
  },
};

export const PLAN_LIMITS_YAML: ConfigFile<PlanLimitsYaml> = {
  name: 'plan-limits.yaml',
  format: 'yaml',
  mode: 0o640,
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      dry_run: { type: 'boolean' },
      plans: {
        type: 'object',
        patternProperties: { '^(0|[1-9][0-9]{0,19})$': RULE },
        additionalProperties: false,
      },
      default: RULE,
      exempt: {
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', rule: 'the name of a VM' },
      },
    },
  },
};

/** What the file says, as the watchdog uses it. */
export interface Rules {
  readonly dryRun: boolean;
  readonly plans: ReadonlyMap<string, PlanRule>;
  readonly fallback: PlanRule | null;
  readonly exempt: ReadonlySet<string>;
}

/** null where there is no file: then the watchdog only observes. Throws `config.invalid`, `config.unreadable`. */
export async function readRules(config: HostConfig): Promise<Rules | null> {
  const yaml = await config.find(PLAN_LIMITS_YAML).catch((error: unknown) => {
    if (!hasCode(error, 'config.invalid')) throw error;
    throw new BlockhostError('config.invalid', sentenceOf(error), {
      cause: error,
      remedy: 'Correct it, look with `blockhost watchdog rules check`, and reload the watchdog (SIGHUP).',
    });
  });
  if (yaml === null) return null;
  return {
    dryRun: yaml.dry_run ?? true,
    plans: new Map(Object.entries(yaml.plans ?? {})),
    fallback: yaml.default ?? null,
    exempt: new Set(yaml.exempt ?? []),
  };
}

/** Why the rules cannot be read, in a sentence; null for an error that is none of the file's. */
export function problemOfRules(error: unknown): string | null {
  const isOurs = ['config.invalid', 'config.unreadable'].some((code) => hasCode(error, code));
  return isOurs ? sentenceOf(error) : null;
}
