/** No message of this host nests deeper. */
const MOST_DEPTH = 8;
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
/** Strings and structure of a text that is known to be JSON (RFC 8259). */
const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/**
 * JSON from strangers, read in one way only: undefined for what is no JSON, nests deeper than 8, names a key twice or one
 * that means something to JavaScript, or has an integer that a number cannot hold exactly.
 */
export function strictJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text, (_, inner: unknown) => {
      if (typeof inner === 'number' && !isExact(inner)) throw new RangeError('not exact');
      return inner;
    });
    return hasSoundKeys(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function hasSoundKeys(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > MOST_DEPTH) return false;
    } else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const key = String(JSON.parse(last));
      const keys = open.at(-1);
      if (FORBIDDEN.has(key) || keys?.has(key)) return false;
      keys?.add(key);
    }
    last = token;
  }
  return true;
}
