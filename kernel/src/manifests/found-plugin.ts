import type { Manifest } from './manifest.js';
import type { ManifestProblem } from './problem.js';

export type ManifestKind = 'engine' | 'provisioner' | 'broker' | 'plugin';

/** What discovery knows of a plugin before a line of it runs. */
export interface FoundPlugin {
  readonly kind: ManifestKind;
  /** The manifest's name, or the file's stem when it cannot be read. */
  readonly name: string;
  /** Path of the manifest as found (not resolved through links). */
  readonly file: string;
  /** Folder that module paths are relative to: `home` below the root, else the folder where the manifest really lies. */
  readonly home: string;
  /** null when it cannot be parsed. */
  readonly manifest: Manifest | null;
  /** All of them, in one pass; those of severity `error` make the plugin invalid. */
  readonly problems: readonly ManifestProblem[];
  /** True when its verbs are executables and it names no ES module. */
  readonly foreign: boolean;
  /** True when it comes from the same build as this kernel, which has checked its manifest. */
  readonly builtTogether: boolean;
  /** Which Debian package installed it; finding out takes tens of milliseconds. */
  owner(): string | null;
}
