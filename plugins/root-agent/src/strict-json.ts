import { BlockhostError } from '@blockhost/kernel';

export interface JsonBounds {
  readonly depth: number;
  readonly keys: number;
}

/** Names that mean something to the language: an object that carries them is an attack or a mistake. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON (RFC 8259) that a stranger wrote. Beyond `JSON.parse` it refuses invalid UTF-8, a key that stands twice in
 * its object, keys of prototypes, and more depth or keys than the bounds. Throws `json.refused`, never quoting the text.
 */
export function parseStrict(bytes: Uint8Array, bounds: JsonBounds): unknown {
  const text = decode(bytes);
  checkStructure(text, bounds);
  try {
    return JSON.parse(text);
  } catch {
    throw refused('is not valid JSON');
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refused('is not UTF-8');
  }
}

/** Looks at brackets and keys only, in one pass without recursion; everything else is for `JSON.parse` to judge. */
function checkStructure(text: string, { depth, keys }: JsonBounds): void {
  const open: (Set<string> | null)[] = [];
  let seen = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > depth) throw refused(`is nested deeper than ${depth}`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (names && isKey(text, end)) {
          if (++seen > keys) throw refused(`has more than ${keys} keys`);
          const key = nameOf(text.slice(at, end));
          if (FORBIDDEN.has(key)) throw refused('has a key that is reserved');
          if (names.has(key)) throw refused('has the same key twice in one object');
          names.add(key);
        }
        at = end - 1;
      }
    }
  }
}

/** The place behind the closing quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  throw refused('is not valid JSON');
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return text[at] === ':';
}

/** Escapes count: `"a"` and `"\u0061"` are the same key. */
function nameOf(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    throw refused('is not valid JSON');
  }
}

const refused = (what: string) => new BlockhostError('json.refused', `It ${what}.`);
