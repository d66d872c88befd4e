/** One mistake in a manifest, found without running the plugin. */
export interface ManifestProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** JSON pointer (RFC 6901) of the value concerned; empty for the whole file. */
  readonly pointer: string;
  /** What stands there, as short JSON text; absent when something is missing. */
  readonly found?: string;
  /** What was expected, as a sentence for people. */
  readonly expected: string;
  /** The nearest valid name, when there is one. */
  readonly nearest?: string;
  /** Debian package that owns the file, when known. */
  readonly package?: string;
}
