import type { ConfigFile } from '@blockhost/kernel';

/** What the sandbox owns in `db.yaml` (specification provisioners.md 4.9). */
export interface SandboxKeys {
  /** Absolute folder of all sandbox VMs, resolved below the host's root. */
  readonly sandbox_dir?: string;
  readonly ip_pool?: {
    readonly network: string;
    readonly start: string;
    readonly end: string;
    readonly gateway: string;
  };
}

export const DB_YAML: ConfigFile<SandboxKeys> = { name: 'db.yaml', format: 'yaml', mode: 0o640 };

export const DEFAULT_SANDBOX_DIR = '/var/lib/blockhost/sandbox';
