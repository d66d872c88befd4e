import type { ConfigFile } from '../ports/config.js';
import { integer, list, map, object, SERVICE_FILE, text } from './schema-words.js';

/** `plans: {"3": {cpu, memory, disk}}`: sizes of the plans sold; absent: the provisioner's default size. */
export interface PlanSize {
  readonly cpu?: number;
  /** MiB. */
  readonly memory?: number;
  /** GiB. */
  readonly disk?: number;
}

/** `blockhost.yaml` (specification host.md 1.4). A provisioner keeps its section here under its own name. */
export interface BlockhostYaml {
  readonly server?: { readonly address?: string; readonly key_file?: string };
  readonly deployer?: { readonly key_file?: string };
  readonly server_public_key?: string;
  /** Text that buyers sign; `blockhost-access` unless told. Not a secret. */
  readonly public_secret?: string;
  readonly contract_address?: string;
  readonly admin?: {
    readonly wallet_address?: string;
    readonly credential_nft_id?: number;
    /** Seconds. */
    readonly max_command_age?: number;
    /** `any`, `self`, `server`, `null`, `external`; judged by who uses it, so that a wrong one stops nobody else. */
    readonly destination_mode?: string;
    readonly destination_address?: string;
    /** The owner of the credential commands, whoever holds it at that time, instead of `wallet_address`. */
    readonly follow_credential?: boolean;
    /** 64 hex digits, on chains whose commands are authenticated by a shared key. */
    readonly shared_key?: string;
  };
  /** Read by the fund manager (specification engine.md 5.1). */
  readonly fund_manager?: Readonly<Record<string, unknown>>;
  readonly plans?: Readonly<Record<string, PlanSize>>;
  /** `mirror_vms_json` keeps a `vms.json` beside the database. */
  readonly state?: { readonly mirror_vms_json?: boolean };
  /** `postgres://…`: the state lies there instead of in a file. May hold a password. */
  readonly database?: { readonly url?: string };
  readonly page_title?: string;
  readonly primary_color?: string;
  readonly [section: string]: unknown;
}

export const BLOCKHOST_YAML: ConfigFile<BlockhostYaml> = {
  name: 'blockhost.yaml',
  format: 'yaml',
  mode: SERVICE_FILE,
  schema: object({
    server: object({ address: text, key_file: text }),
    deployer: object({ key_file: text }),
    server_public_key: text,
    public_secret: text,
    contract_address: text,
    admin: object({
      wallet_address: text,
      credential_nft_id: integer(0),
      max_command_age: integer(1),
      destination_mode: text,
      destination_address: text,
      follow_credential: { type: 'boolean' },
      shared_key: text,
    }),
    fund_manager: object({}),
    plans: map(object({ cpu: integer(1), memory: integer(1), disk: integer(1) })),
    state: object({ mirror_vms_json: { type: 'boolean' } }),
    database: object({ url: text }),
    page_title: text,
    primary_color: text,
  }),
};

/** `web3-defaults.yaml`. What stands under `blockchain` belongs to the active engine. */
export interface Web3DefaultsYaml {
  readonly blockchain: Readonly<Record<string, unknown>>;
  readonly auth?: {
    readonly otp_length?: number;
    readonly otp_ttl_seconds?: number;
    readonly public_secret?: string;
  };
  readonly signing_page?: { readonly html_path?: string; readonly port?: number };
  readonly deployer?: { readonly private_key_file?: string };
  readonly server?: { readonly public_key?: string };
  readonly [section: string]: unknown;
}

export const WEB3_DEFAULTS_YAML: ConfigFile<Web3DefaultsYaml> = {
  name: 'web3-defaults.yaml',
  format: 'yaml',
  mode: SERVICE_FILE,
  schema: object(
    {
      blockchain: object({}),
      auth: object({ otp_length: integer(4), otp_ttl_seconds: integer(1), public_secret: text }),
      signing_page: object({ html_path: text, port: integer(1, 65_535) }),
      deployer: object({ private_key_file: text }),
      server: object({ public_key: text }),
    },
    ['blockchain'],
  ),
};

/** `db.yaml`: where VMs are recorded and what they get. The provisioner adds keys of its own. */
export interface DbYaml {
  readonly db_file?: string;
  readonly bridge?: string;
  readonly default_expiry_days?: number;
  readonly gc_grace_days?: number;
  /** `start` and `end` are full addresses, or numbers counted from the network's. */
  readonly ip_pool?: {
    readonly network: string;
    readonly start: string | number;
    readonly end: string | number;
    readonly gateway: string;
    /** Addresses that are nobody's to get. */
    readonly exclude?: readonly string[];
  };
  /** Offsets into the host's prefix. */
  readonly ipv6_pool?: { readonly start?: number; readonly end?: number; readonly prefix?: string };
  readonly [key: string]: unknown;
}

const poolBound = {
  type: ['string', 'integer'],
  minLength: 1,
  minimum: 0,
  description: 'a full IPv4 address or a host number',
};

export const DB_YAML: ConfigFile<DbYaml> = {
  name: 'db.yaml',
  format: 'yaml',
  mode: SERVICE_FILE,
  schema: object({
    db_file: text,
    bridge: text,
    default_expiry_days: integer(1),
    gc_grace_days: integer(0),
    ip_pool: object({ network: text, start: poolBound, end: poolBound, gateway: text, exclude: list(text) }, [
      'network',
      'start',
      'end',
      'gateway',
    ]),
    ipv6_pool: object({ start: integer(0), end: integer(0), prefix: text }),
  }),
};

/** `https.json`: the name and certificate under which customers reach the host. */
export interface HttpsJson {
  readonly hostname: string;
  readonly tls_mode: 'letsencrypt' | 'self-signed' | 'onion';
  readonly use_dns_zone?: boolean;
  readonly use_sslip?: boolean;
  readonly ipv6_address?: string;
  readonly cert_file?: string;
  readonly key_file?: string;
  /** Why a self-signed certificate stands in for a failed issuance. */
  readonly fallback_reason?: string;
  /** ISO 8601. */
  readonly cert_not_after?: string;
}

export const HTTPS_JSON: ConfigFile<HttpsJson> = {
  name: 'https.json',
  format: 'json',
  mode: SERVICE_FILE,
  schema: object(
    {
      hostname: text,
      tls_mode: { enum: ['letsencrypt', 'self-signed', 'onion'] },
      use_dns_zone: { type: 'boolean' },
      use_sslip: { type: 'boolean' },
      ipv6_address: { type: ['string', 'null'] },
      cert_file: text,
      key_file: text,
      fallback_reason: { type: 'string' },
      cert_not_after: text,
    },
    ['hostname', 'tls_mode'],
  ),
};

/** `admin-commands.json`: what the administrator may order by transaction. A missing file switches this off. */
export interface AdminCommandsJson {
  /** Secret name → what it does. */
  readonly commands: Readonly<
    Record<
      string,
      {
        readonly action: string;
        readonly description?: string;
        readonly params?: {
          readonly allowed_ports?: readonly number[];
          /** Seconds. */
          readonly default_duration?: number;
        };
      }
    >
  >;
}

export const ADMIN_COMMANDS_JSON: ConfigFile<AdminCommandsJson> = {
  name: 'admin-commands.json',
  format: 'json',
  mode: SERVICE_FILE,
  schema: object(
    {
      commands: map(
        object(
          {
            action: text,
            description: { type: 'string' },
            params: object({ allowed_ports: list(integer(1, 65_535)), default_duration: integer(1) }),
          },
          ['action'],
        ),
      ),
    },
    ['commands'],
  ),
};

/** `broker-allocation.json`: the routed IPv6 prefix of this host. Manual mode has `prefix` and `mode` only. */
export interface BrokerAllocationJson {
  readonly prefix: string;
  readonly mode?: string;
  readonly gateway?: string;
  readonly broker_pubkey?: string;
  readonly broker_endpoint?: string;
  readonly broker_wallet?: string;
  readonly dns_zone?: string;
  /** Length of the prefix that names in the zone complete; 64 unless told. */
  readonly dns_base_prefix?: number;
  readonly nft_contract?: string;
  readonly request_id?: string | number;
  readonly allocated_at?: string;
}

export const BROKER_ALLOCATION_JSON: ConfigFile<BrokerAllocationJson> = {
  name: 'broker-allocation.json',
  format: 'json',
  mode: 0o644,
  schema: object(
    {
      prefix: text,
      mode: text,
      gateway: text,
      broker_pubkey: text,
      broker_endpoint: text,
      broker_wallet: text,
      dns_zone: { type: ['string', 'null'] },
      dns_base_prefix: integer(1, 127),
      nft_contract: text,
      request_id: { type: ['string', 'integer'] },
      allocated_at: text,
    },
    ['prefix'],
  ),
};
