/**
 * Why `text` is no JSON: what V8 complains about, with line and column. The text around the mistake, which V8 quotes
 * sometimes, stays out: it may be a secret. Null when it is JSON.
 */
export function jsonMistake(text: string): string | null {
  const message = complaint(text);
  if (message === null) return null;
  const [, what, at] = /^(.*?) (?:in JSON )?at position (\d+)/s.exec(message) ?? [];
  if (what) return `${what}, ${place(text, Number(at))}`;
  const [token] = TOKEN.exec(message) ?? [];
  return token ? `${token}, ${place(text, firstToken(text))}` : message;
}

/** The one complaint that V8 makes without a place: a value begins with a character that begins none. */
const TOKEN = /^Unexpected token '.+?'/s;

function complaint(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return String((error as Error).message);
  }
}

/** Index of that character: what ends before it has another mistake, what ends behind it this one. */
function firstToken(text: string): number {
  let [before, behind] = [0, text.length];
  while (behind - before > 1) {
    const middle = (before + behind) >> 1;
    if (TOKEN.test(complaint(text.slice(0, middle)) ?? '')) behind = middle;
    else before = middle;
  }
  return before;
}

function place(text: string, at: number): string {
  const lines = text.slice(0, at).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`;
}
