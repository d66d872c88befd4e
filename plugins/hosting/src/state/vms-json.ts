import { BlockhostError, type SchemaProblem, schemaProblems } from '@blockhost/kernel';

/**
 * `vms.json`, as programs of earlier generations read and write it (provisioners.md 4.1, 4.2). Moments are ISO 8601 UTC with
 * `+00:00`. Keys that are not named here are kept.
 */
export interface VmsJson {
  readonly schema?: number;
  readonly vms: Readonly<Record<string, JsonVm>>;
  readonly next_vmid: number;
  readonly allocated_ips: readonly string[];
  readonly allocated_ipv6: readonly string[];
  readonly reserved_nft_tokens: Readonly<Record<string, JsonToken>>;
  /** Orders whose VM does not stand yet. */
  readonly operations?: Readonly<Record<string, JsonOperation>>;
  /** Destroyed VMs whose name has another owner now. */
  readonly archive?: readonly JsonVm[];
  /** When an address was given back. */
  readonly released?: Readonly<Record<string, string>>;
  /** Addresses that nobody gets until it is known who has them, and whose they were. */
  readonly quarantined?: Readonly<Record<string, string>>;
  readonly last_gc_at?: string | null;
  readonly [key: string]: unknown;
}

/** A VM but for its state: also what was ordered. */
export interface JsonOrder {
  readonly vm_name: string;
  readonly vmid: number;
  readonly ip_address: string | null;
  readonly ipv6_address: string | null;
  readonly wallet_address?: string;
  readonly owner_wallet?: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly suspended_at?: string | null;
  readonly destroyed_at?: string | null;
  readonly nft_token_id?: number | string | null;
  readonly nft_minted?: boolean;
  readonly nft_minted_at?: string | null;
  readonly nft_burned?: boolean;
  readonly gecos_synced?: boolean;
  readonly username?: string;
  readonly plan_id?: string | number | null;
  readonly cpu?: number;
  readonly memory_mb?: number;
  readonly disk_gb?: number;
  readonly mac?: string | null;
  readonly backend_ref?: string | null;
  readonly template?: string | null;
  readonly desired_power?: 'on' | 'off';
  readonly suspend_reason?: 'expiry' | 'admin' | 'abuse' | null;
  readonly throttle?: Readonly<Record<string, number>>;
  readonly fqdn?: string | null;
  readonly destroy_pending?: boolean;
  readonly operation_id?: string;
  readonly login_port?: number;
  /** What the store gives no meaning: `owner`, `purpose`, `network_mode`, and what other programs add. */
  readonly [key: string]: unknown;
}

export interface JsonVm extends JsonOrder {
  readonly status: 'active' | 'suspended' | 'destroyed';
}

export interface JsonToken {
  readonly vm_name: string;
  readonly status: 'reserved' | 'minted' | 'failed';
  readonly reserved_at: string;
  readonly owner_wallet?: string;
  readonly minted_at?: string;
  readonly failed_at?: string;
  /** A mint of it was signed. Where nobody tells, it may have been. */
  readonly broadcast?: boolean;
  readonly [key: string]: unknown;
}

export interface JsonOperation {
  readonly op: string;
  readonly operation_id: string;
  readonly started_at: string;
  readonly reserved: {
    readonly ip: string | null;
    readonly ipv6: string | null;
    readonly vmid: number | null;
  };
  /** What was ordered. */
  readonly record?: JsonOrder;
  readonly [key: string]: unknown;
}

const text = { type: 'string' };
const optional = { type: ['string', 'null'] };
const time = {
  type: ['string', 'null'],
  pattern: '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:\\d{2})$',
  rule: 'a moment in ISO 8601 with its zone',
};
const moment = { ...time, type: 'string' };
const counted = { type: 'integer', minimum: 0 };
/** A VM but for its state. */
export const vmShape = {
  type: 'object',
  required: ['vm_name', 'created_at', 'expires_at'],
  properties: {
    vm_name: { ...text, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$', rule: 'the name of a VM' },
    vmid: counted,
    ip_address: optional,
    ipv6_address: optional,
    wallet_address: text,
    owner_wallet: text,
    created_at: moment,
    expires_at: moment,
    suspended_at: time,
    destroyed_at: time,
    nft_token_id: { type: ['integer', 'string', 'null'], minimum: 0, pattern: '^[0-9]{1,78}$' },
    nft_minted: { type: 'boolean' },
    nft_minted_at: time,
    nft_burned: { type: 'boolean' },
    gecos_synced: { type: 'boolean' },
    username: text,
    plan_id: { type: ['integer', 'string', 'null'] },
    cpu: { type: 'integer', minimum: 1 },
    memory_mb: { type: 'integer', minimum: 1 },
    disk_gb: { type: 'integer', minimum: 1 },
    mac: optional,
    backend_ref: optional,
    template: optional,
    desired_power: { enum: ['on', 'off'] },
    suspend_reason: { enum: ['expiry', 'admin', 'abuse', null] },
    throttle: { type: 'object', additionalProperties: { type: 'integer' } },
    fqdn: optional,
    destroy_pending: { type: 'boolean' },
    operation_id: { ...text, minLength: 1 },
    login_port: { type: 'integer', minimum: 1, maximum: 65_535 },
  },
};
const recordShape = {
  ...vmShape,
  required: [...vmShape.required, 'status'],
  properties: { ...vmShape.properties, status: { enum: ['active', 'suspended', 'destroyed'] } },
};
/** Keys of a record that the store holds in columns of its own. */
export const RECORD_KEYS: ReadonlySet<string> = new Set(Object.keys(recordShape.properties));
const texts = { type: 'array', items: text };
const shape = {
  type: 'object',
  required: ['vms'],
  properties: {
    schema: { enum: [1, 2] },
    vms: { type: 'object', additionalProperties: recordShape },
    next_vmid: counted,
    allocated_ips: texts,
    allocated_ipv6: texts,
    reserved_nft_tokens: {
      type: 'object',
      propertyNames: { pattern: '^[0-9]{1,78}$' },
      additionalProperties: {
        type: 'object',
        required: ['vm_name', 'status'],
        properties: {
          vm_name: text,
          status: { enum: ['reserved', 'minted', 'failed'] },
          reserved_at: moment,
          owner_wallet: text,
          minted_at: time,
          failed_at: time,
          broadcast: { type: 'boolean' },
        },
      },
    },
    operations: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['operation_id', 'started_at'],
        properties: {
          operation_id: { ...text, minLength: 1 },
          started_at: moment,
          record: vmShape,
          reserved: { type: 'object', properties: { ip: optional, ipv6: optional } },
        },
      },
    },
    archive: { type: 'array', items: recordShape },
    released: { type: 'object', additionalProperties: moment },
    quarantined: { type: 'object', additionalProperties: text },
    last_gc_at: time,
  },
};

/** Reads the text of a `vms.json`. Throws `state.bad-file` naming every mistake with its place. */
export async function parseVmsJson(json: string, file: string): Promise<VmsJson> {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (cause) {
    throw badFile(file, 'is not JSON', {}, cause);
  }
  const problems = await schemaProblems(shape, content);
  if (problems.length > 0)
    throw badFile(
      file,
      `has ${problems.length} mistakes`,
      Object.fromEntries(problems.slice(0, 20).map(factOf)),
    );
  const defaults = { next_vmid: 0, allocated_ips: [], allocated_ipv6: [], reserved_nft_tokens: {} };
  return { ...defaults, ...(content as Partial<VmsJson> & Pick<VmsJson, 'vms'>) };
}

const factOf = ({ pointer, problem }: SchemaProblem) => [pointer || '/', problem] as const;

export function badFile(
  file: string,
  what: string,
  facts: Readonly<Record<string, string>>,
  cause?: unknown,
) {
  return new BlockhostError('state.bad-file', `${file} ${what}.`, {
    cause,
    facts,
    remedy: 'Correct it, or put it back from a backup; nothing was changed.',
  });
}
