import { isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import { isSecretName } from './is-secret-name.js';
import { maskText } from './mask-text.js';

/** Bounds of one record: nobody reads beyond, and a log line must not become a way to fill the disk. */
const LONGEST_TEXT = 2_000;
const MOST_MEMBERS = 50;
const DEEPEST = 6;

/**
 * Turns any value into plain JSON fit for a log: secrets redacted by name and pattern, cycles cut, big values shortened,
 * bytes counted instead of shown, big integers in decimal, errors as code, sentence, facts and causes. Never throws.
 */
export function loggable(value: unknown): unknown {
  return plain(value, 0, []);
}

function plain(value: unknown, depth: number, above: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'bigint':
      return value.toString();
    case 'function':
      return `[function ${value.name}]`;
    case 'symbol':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      return value === null ? null : object(value, depth, above);
    default:
      return value;
  }
}

function object(value: object, depth: number, above: readonly object[]): unknown {
  if (above.includes(value)) return '[cycle]';
  if (depth >= DEEPEST) return '[deeper]';
  const path = [...above, value];
  const inner = (member: unknown) => plain(member, depth + 1, path);
  if (value instanceof Error || isBlockhostError(value)) return error(value, inner);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof URL) return text(value.href);
  if (Array.isArray(value)) return list(value, inner);
  if (value instanceof Set) return list([...value], inner);
  return members(value instanceof Map ? [...value].map(([k, v]) => [String(k), v]) : entriesOf(value), inner);
}

function list(values: readonly unknown[], inner: (value: unknown) => unknown): unknown[] {
  const shown = values.slice(0, MOST_MEMBERS).map(inner);
  return values.length > MOST_MEMBERS ? [...shown, `[${values.length - MOST_MEMBERS} more]`] : shown;
}

function members(entries: readonly (readonly [string, unknown])[], inner: (value: unknown) => unknown) {
  const shown: [string, unknown][] = entries
    .slice(0, MOST_MEMBERS)
    .map(([name, value]) => [
      text(name),
      value !== undefined && isSecretName(name) ? '[redacted]' : inner(value),
    ]);
  if (entries.length > MOST_MEMBERS) shown.push(['…', `[${entries.length - MOST_MEMBERS} more]`]);
  return Object.fromEntries(shown);
}

function entriesOf(value: object): [string, unknown][] {
  return Object.keys(value).map((name) => {
    try {
      return [name, Reflect.get(value, name)];
    } catch (error) {
      return [name, `[unreadable: ${sentenceOf(error)}]`];
    }
  });
}

function error(value: Error, inner: (value: unknown) => unknown) {
  const { cause } = value;
  const known = isBlockhostError(value);
  return {
    code: known ? value.code : value.name,
    message: text(known ? value.sentence : value.message),
    ...(known && Object.keys(value.facts).length > 0 ? { facts: inner(value.facts) } : {}),
    ...(known && value.remedy !== undefined ? { remedy: text(value.remedy) } : {}),
    ...(known ? {} : { at: framesOf(value) }),
    ...(cause === undefined ? {} : { cause: inner(cause) }),
  };
}

/** Where a fault that nobody foresaw came from: its innermost frames. */
function framesOf({ stack = '' }: Error): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 5)
    .map((line) => line.trim().slice('at '.length));
}

function text(value: string): string {
  const shown =
    value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}… [${value.length} characters]` : value;
  return maskText(shown);
}
