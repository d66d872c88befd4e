import type { BlockhostError } from '../errors/blockhost-error.js';
import type { ManifestKind } from '../manifests/found-plugin.js';
import type { Manifest } from '../manifests/manifest.js';
import type { ManifestProblem } from '../manifests/problem.js';
import type { PluginPhase, PluginRecord, PluginState } from './life-cycle.js';

/** What `blockhost plugins`, the admin page and JSON show of a plugin. */
export interface PluginStatus {
  readonly name: string;
  readonly kind: ManifestKind;
  readonly version: string | null;
  readonly state: PluginState;
  /** Why it is in a failed state: a sentence that goes on from its name. */
  readonly reason: string | null;
  /** The whole message of the failure. */
  readonly error: BlockhostError | null;
  /** Debian package that owns the manifest, when known. */
  readonly package: string | null;
  /** The manifest. */
  readonly file: string;
  readonly home: string;
  readonly manifest: Manifest | null;
  readonly problems: readonly ManifestProblem[];
  readonly foreign: boolean;
  readonly required: boolean;
  /** Milliseconds per phase, summed over its entries. */
  readonly timings: Readonly<Partial<Record<PluginPhase, number>>>;
  /** Tokens its classes were given so far, as text. */
  readonly injected: readonly string[];
}

export function pluginStatus(record: PluginRecord): PluginStatus {
  const { found, error } = record;
  return {
    name: found.name,
    kind: found.kind,
    version: found.manifest?.version ?? null,
    state: record.state,
    reason: record.reason,
    error,
    get package() {
      return record.package;
    },
    file: found.file,
    home: found.home,
    manifest: found.manifest,
    problems: found.problems,
    foreign: found.foreign,
    required: record.required,
    timings: { ...record.timings },
    injected: [...record.injected],
  };
}
