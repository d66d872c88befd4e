/** One mistake in a manifest, found without running the plugin. */
export interface ManifestProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** JSON pointer (RFC 6901) of the value concerned, also of a missing one; empty for the whole file. */
  readonly pointer: string;
  /** What stands there, as short JSON text; absent when something is missing. */
  readonly found?: string;
  /** The sentence people read after the pointer: what is wrong and what was expected. */
  readonly expected: string;
  /** The nearest valid name, when there is one. */
  readonly nearest?: string;
  /** Debian package that owns the file, when known. */
  readonly package?: string;
}

/** A problem before it is known in which file it stands; an error unless told. */
export type Finding = Omit<ManifestProblem, 'severity' | 'file' | 'package'> &
  Partial<Pick<ManifestProblem, 'severity'>>;
