import type { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';
import type { PluginPhase, PluginRecord, PluginState } from './life-cycle.js';

/** What `blockhost plugins`, the admin page and JSON show of a plugin. */
export interface PluginStatus extends Omit<FoundPlugin, 'owner'> {
  readonly version: string | null;
  readonly state: PluginState;
  /** Why it is in a failed state: a sentence that goes on from its name. */
  readonly reason: string | null;
  /** The whole message of the failure. */
  readonly error: BlockhostError | null;
  /** Debian package that owns the manifest, when known. */
  readonly package: string | null;
  readonly required: boolean;
  /** Milliseconds per phase, summed over its entries. */
  readonly timings: Readonly<Partial<Record<PluginPhase, number>>>;
  /** Tokens its classes were given so far, as text. */
  readonly injected: readonly string[];
}

export function pluginStatus({
  found: { owner, ...found },
  state,
  reason,
  error,
  required,
  timings,
  injected,
}: PluginRecord): PluginStatus {
  return {
    ...found,
    version: found.manifest?.version ?? null,
    state,
    reason,
    error,
    get package() {
      return owner();
    },
    required,
    timings: { ...timings },
    injected: [...injected],
  };
}
