/** Where a text stops being JSON (RFC 8259), counted from 1, and what could stand there. */
export interface SyntaxErrorPlace {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
}

type Expectation =
  | 'a value'
  | 'a value or "]"'
  | 'a key'
  | 'a key or "}"'
  | '":"'
  | '"," or "]"'
  | '"," or "}"'
  | 'the end';

/**
 * Finds the first mistake; null when the text is JSON. `JSON.parse` tells the place only sometimes, so this runs after it
 * has refused. Iterative: depth costs memory, never stack.
 */
export function syntaxError(text: string): SyntaxErrorPlace | null {
  const open: ('{' | '[')[] = [];
  let expected: Expectation = 'a value';
  let at = 0;
  for (;;) {
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
    const character = text[at];
    if (expected === 'the end') return character === undefined ? null : place(text, at, expected);
    if (character === undefined) return place(text, at, expected);

    if (expected === '":"') {
      if (character !== ':') return place(text, at, expected);
      expected = 'a value';
      at += 1;
    } else if (closes(character, expected)) {
      open.pop();
      expected = afterValue(open);
      at += 1;
    } else if (expected === '"," or "]"' || expected === '"," or "}"') {
      if (character !== ',') return place(text, at, expected);
      expected = open.at(-1) === '{' ? 'a key' : 'a value';
      at += 1;
    } else if (expected === 'a key' || expected === 'a key or "}"') {
      if (character !== '"') return place(text, at, expected);
      const end = endOfString(text, at);
      if (end.broken) return place(text, end.at, end.broken);
      expected = '":"';
      at = end.at;
    } else if (character === '{' || character === '[') {
      open.push(character);
      expected = character === '{' ? 'a key or "}"' : 'a value or "]"';
      at += 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      if (end.broken) return place(text, end.at, end.broken);
      expected = afterValue(open);
      at = end.at;
    } else {
      scalar.lastIndex = at;
      const length = scalar.exec(text)?.[0].length;
      if (length === undefined) return place(text, at, expected);
      expected = afterValue(open);
      at += length;
    }
  }
}

const blank = /[\t\n\r ]*/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y;

function closes(character: string, expected: Expectation): boolean {
  return (
    (character === '}' && (expected === 'a key or "}"' || expected === '"," or "}"')) ||
    (character === ']' && (expected === 'a value or "]"' || expected === '"," or "]"'))
  );
}

function afterValue(open: readonly ('{' | '[')[]): Expectation {
  const innermost = open.at(-1);
  if (innermost === undefined) return 'the end';
  return innermost === '{' ? '"," or "}"' : '"," or "]"';
}

function endOfString(text: string, start: number): { readonly at: number; readonly broken?: string } {
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return { at: at + 1 };
    if (character < ' ') return { at, broken: 'the end of the string before a control character' };
    if (character === '\\') {
      escaped.lastIndex = at;
      const length = escaped.exec(text)?.[0].length;
      if (length === undefined) return { at, broken: 'an escape such as \\n or \\u0041' };
      at += length - 1;
    }
  }
  return { at: text.length, broken: 'the end of the string' };
}

const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function place(text: string, at: number, expected: string): SyntaxErrorPlace {
  const before = text.slice(0, at);
  return {
    line: before.split('\n').length,
    column: at - before.lastIndexOf('\n'),
    expected,
  };
}
