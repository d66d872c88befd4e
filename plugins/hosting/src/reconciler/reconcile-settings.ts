import type { ConfigFile, HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';

/** Section `reconcile` of blockhost.yaml (engine.md 4). */
export interface ReconcileSettings {
  /** From the end of a run to the next. */
  readonly intervalMs: number;
  /** The same after a run that failed. */
  readonly retryMs: number;
  /** Pause between two queries of the chain. */
  readonly rpcDelayMs: number;
  /** Between two tries of a creation that failed after its VM was made. */
  readonly requeueMs: number;
  /** Cancellations that one run may take up again: a mistake elsewhere must not empty the host. */
  readonly mostDestroys: number;
  /** `admin.credential_nft_id`. */
  readonly adminTokenId: string | null;
}

interface ReconcileSection {
  readonly reconcile?: {
    readonly interval_ms?: number;
    readonly retry_ms?: number;
    readonly rpc_delay_ms?: number;
    readonly requeue_ms?: number;
    readonly most_destroys?: number;
  };
}

const milliseconds = { type: 'integer', minimum: 0 } as const;

/** The same file as {@link BLOCKHOST_YAML}, seen with the section that belongs to the reconciler. */
const RECONCILE_SECTION: ConfigFile<ReconcileSection> = {
  name: BLOCKHOST_YAML.name,
  format: BLOCKHOST_YAML.format,
  mode: BLOCKHOST_YAML.mode,
  schema: {
    type: 'object',
    properties: {
      reconcile: {
        type: 'object',
        properties: {
          interval_ms: { type: 'integer', minimum: 10 },
          retry_ms: { type: 'integer', minimum: 10 },
          rpc_delay_ms: milliseconds,
          requeue_ms: milliseconds,
          most_destroys: milliseconds,
        },
      },
    },
  },
};

/** Reads blockhost.yaml; throws `config.missing` or `config.invalid`. */
export async function readReconcileSettings(config: HostConfig): Promise<ReconcileSettings> {
  const [{ admin }, { reconcile = {} }] = [
    await config.read(BLOCKHOST_YAML),
    await config.read(RECONCILE_SECTION),
  ];
  return {
    intervalMs: reconcile.interval_ms ?? 300_000,
    retryMs: reconcile.retry_ms ?? 60_000,
    rpcDelayMs: reconcile.rpc_delay_ms ?? 0,
    requeueMs: reconcile.requeue_ms ?? 1_800_000,
    mostDestroys: reconcile.most_destroys ?? 5,
    adminTokenId: admin?.credential_nft_id === undefined ? null : String(admin.credential_nft_id),
  };
}
