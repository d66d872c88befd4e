import { BlockhostError, isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import type { PortContract } from '../ports/token.js';

/** What a guard needs to know of the plugin behind a port. */
export interface GuardedBy {
  readonly contract: PortContract;
  readonly capabilities: readonly string[];
  readonly plugin: string;
  /** Where its faults are reported, as facts of an error. */
  readonly facts: Readonly<Record<string, string>>;
  /** Runs code of the plugin. */
  call<T>(act: () => T): T;
  /** What is wrong with the answer of a member, or null. */
  problemOf(schema: string, answer: unknown): AnswerProblem | null;
}

export interface AnswerProblem {
  readonly pointer: string;
  readonly found: string;
  readonly expected: string;
}

const CAPABILITIES = Symbol.for('blockhost.capabilities');

/** True when the provider behind `port` declared that capability: calls of others answer `port.not-supported`. */
export function supports(port: object, capability: string): boolean {
  const declared: unknown = Reflect.get(port, CAPABILITIES);
  return Array.isArray(declared) && declared.includes(capability);
}

/**
 * Wraps a provider so that consumers can rely on it: members of undeclared capabilities answer `port.not-supported`,
 * malformed answers `plugin.bad-answer`, and whatever else a plugin throws becomes `plugin.failed` with its cause.
 */
export function guardPort<T extends object>(instance: T, by: GuardedBy): T {
  const { core, capabilities } = by.contract;
  const hidden = new Set(
    Object.entries(capabilities)
      .filter(([name]) => !by.capabilities.includes(name))
      .flatMap(([, members]) => members),
  );
  const members = [...core, ...Object.values(capabilities).flat()];
  const facets = new Set(members.flatMap((path) => prefixes(path)));
  return guard(instance, '', { by, hidden, facets }) as T;
}

interface Surface {
  readonly by: GuardedBy;
  readonly hidden: ReadonlySet<string>;
  /** Paths of objects that hold members. */
  readonly facets: ReadonlySet<string>;
}

function guard(target: object, path: string, surface: Surface): object {
  const { by, hidden, facets } = surface;
  const wrapped = new Map<string, { readonly raw: unknown; readonly safe: unknown }>();
  const memberOf = (key: string) => (path ? `${path}.${key}` : key);
  // An empty target, because a proxy may not answer otherwise than a frozen one.
  return new Proxy({} as object, {
    has: (_, key) => Reflect.has(target, key) && !(typeof key === 'string' && hidden.has(memberOf(key))),
    set: () => false,
    get(_, key) {
      if (key === CAPABILITIES) return by.capabilities;
      if (typeof key === 'symbol') return Reflect.get(target, key, target);
      const member = memberOf(key);
      if (hidden.has(member)) return () => notSupported(member, by);
      const raw: unknown = Reflect.get(target, key, target);
      const known = wrapped.get(key);
      if (known && known.raw === raw) return known.safe;
      let safe = raw;
      if (typeof raw === 'function') safe = guardCall(target, raw as Call, member, by);
      else if (facets.has(member) && typeof raw === 'object' && raw !== null)
        safe = guard(raw, member, surface);
      wrapped.set(key, { raw, safe });
      return safe;
    },
  });
}

type Call = (...args: unknown[]) => unknown;

function guardCall(target: object, method: Call, member: string, by: GuardedBy): Call {
  const schema = by.contract.answers[member];
  const check = (answer: unknown) => {
    const problem = schema === undefined ? null : by.problemOf(schema, answer);
    if (problem) throw badAnswer(member, problem, by);
    return answer;
  };
  return (...args) => {
    let answer: unknown;
    try {
      answer = by.call(() => method.apply(target, args));
    } catch (error) {
      throw asFailure(error, member, by);
    }
    if (!isThenable(answer)) return check(answer);
    return Promise.resolve(answer).then(check, (error: unknown) => {
      throw asFailure(error, member, by);
    });
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function asFailure(error: unknown, member: string, { plugin, contract, facts }: GuardedBy): unknown {
  if (isBlockhostError(error) || (error instanceof Error && error.name === 'AbortError')) return error;
  return new BlockhostError(
    'plugin.failed',
    `The plugin "${plugin}" failed in ${member} of the port "${contract.name}": ${sentenceOf(error)}`,
    { cause: error, facts },
  );
}

function badAnswer(
  member: string,
  problem: AnswerProblem,
  { plugin, contract, facts }: GuardedBy,
): BlockhostError {
  const { pointer, found, expected } = problem;
  return new BlockhostError(
    'plugin.bad-answer',
    `The plugin "${plugin}" gave a malformed answer to ${member} of the port "${contract.name}".`,
    {
      facts: { at: pointer || '(the whole answer)', found, expected, ...facts },
      remedy: 'This is a fault of the plugin: report it to its author.',
    },
  );
}

function notSupported(member: string, { plugin, contract, capabilities }: GuardedBy): never {
  throw new BlockhostError(
    'port.not-supported',
    `The plugin "${plugin}" does not offer ${member} of the port "${contract.name}".`,
    { facts: { capabilities: capabilities.join(', ') || 'none' } },
  );
}

/** `a.b.c` → `a`, `a.b`. */
function prefixes(path: string): string[] {
  const parts = path.split('.');
  return parts.slice(1).map((_, place) => parts.slice(0, place + 1).join('.'));
}
