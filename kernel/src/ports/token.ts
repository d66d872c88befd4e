declare const provided: unique symbol;

/**
 * Injection token that knows the type it stands for.
 *
 * Tokens are global symbols, so that two copies of this package in one process agree on them.
 */
export type Token<T> = symbol & { readonly [provided]?: T };

/** Token of something the kernel itself provides (`clock`, `paths`, `config`, …). */
export function serviceToken<T>(name: string): Token<T> {
  return Symbol.for(`blockhost.service/${name}`) as Token<T>;
}

/** Token of a port: `name` and contract major version are its identity. */
export function portToken<T>(name: string, major: number): Token<T> {
  return Symbol.for(`blockhost.port/${name}@${major}`) as Token<T>;
}

/** The port that a token stands for; null for every other symbol. */
export function portOfToken(token: symbol): { readonly name: string; readonly major: number } | null {
  const [, name, major] = /^blockhost\.port\/([^@]+)@(\d+)$/.exec(Symbol.keyFor(token) ?? '') ?? [];
  return name === undefined ? null : { name, major: Number(major) };
}

/**
 * What the kernel can see of a port at run time.
 *
 * Members are property paths (`create`, `blocks.head`). A provider must have every core member and, for each capability
 * that its manifest declares, every member of that capability.
 */
export interface PortContract<T = unknown> {
  readonly $type: 'blockhost.port';
  readonly name: string;
  readonly major: number;
  readonly token: Token<T>;
  readonly core: readonly string[];
  readonly capabilities: Readonly<Record<string, readonly string[]>>;
  /** Member path → name of the schema under `manifests/answers/` that its answer must satisfy. */
  readonly answers: Readonly<Record<string, string>>;
}

/** Declares a port; `members` are checked against `T` by the compiler where they are not nested. */
export function definePort<T>(contract: Omit<PortContract<T>, '$type'>): PortContract<T> {
  return { $type: 'blockhost.port', ...contract };
}
