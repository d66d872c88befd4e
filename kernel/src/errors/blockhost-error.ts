/** What an error carries besides its sentence. */
export interface ErrorFacts {
  /** What went wrong underneath; its own sentence is appended to the help text. */
  readonly cause?: unknown;
  /** What the reader does next: one imperative sentence. */
  readonly remedy?: string;
  /** Where to read more: a URL or a page of the manual. */
  readonly docs?: string;
  /** Named values worth seeing, in order. Never secrets. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** Exit code of a command that ends with this error; 1 unless told. */
  readonly exitCode?: number;
}

/**
 * The one error of the system: prints as help, stays machine-matchable by `code`.
 *
 * A code is `area.what-happened`, lower case (`manifest.invalid`, `chain.transaction-reverted`), and never changes
 * meaning. Recognise errors with {@link isBlockhostError}, never `instanceof`: every package may carry its own copy of
 * this class.
 */
export class BlockhostError extends Error {
  readonly $type = 'blockhost.error';
  override readonly name = 'BlockhostError';
  readonly remedy: string | undefined;
  readonly docs: string | undefined;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly exitCode: number;

  constructor(
    readonly code: string,
    readonly sentence: string,
    { cause, remedy, docs, facts = {}, exitCode = 1 }: ErrorFacts = {},
  ) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
    this.docs = docs;
    this.facts = facts;
    this.exitCode = exitCode;
  }

  /** The help text: sentence, facts, causes from outer to inner, remedy, link. */
  toHelp(): string {
    const lines = [this.sentence];
    for (const [name, value] of Object.entries(this.facts)) lines.push(`  ${name}: ${value}`);
    for (
      let inner = this.cause;
      inner !== undefined;
      inner = inner instanceof Error ? inner.cause : undefined
    )
      lines.push(`  because: ${sentenceOf(inner)}`);
    if (this.remedy) lines.push(this.remedy);
    if (this.docs) lines.push(`See ${this.docs}`);
    return lines.join('\n');
  }
}

/** Structural test, true for errors of every copy of this module. */
export function isBlockhostError(value: unknown): value is BlockhostError {
  return (
    typeof value === 'object' && value !== null && (value as { $type?: unknown }).$type === 'blockhost.error'
  );
}

/** True when `error` or one of its causes carries `code`. */
export function hasCode(error: unknown, code: string): boolean {
  for (let inner = error; inner !== undefined; inner = inner instanceof Error ? inner.cause : undefined)
    if (isBlockhostError(inner) && inner.code === code) return true;
  return false;
}

/** One line for anything that can be thrown. */
export function sentenceOf(error: unknown): string {
  if (isBlockhostError(error)) return error.sentence;
  if (error instanceof Error) return error.message.split('\n', 1)[0] || error.name;
  return String(error);
}
