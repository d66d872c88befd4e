/**
 * `text` for a terminal: control characters, line and paragraph separators and the marks that turn the direction of
 * writing are shown as `\uXXXX`, so that a hostile manifest can neither hide nor forge a line of a report.
 */
export function printable(text: string, limit = 200): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  // As nearly always; the classes of Unicode take as long to prepare as a manifest to read.
  if (/^[ -~]*$/.test(cut)) return cut;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Short JSON text of a value; lists and objects are named, not shown. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value.replace(/["\\]/g, '\\$&'), 80)}"`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
