const LONGEST = 200;

/**
 * What a node or a contract says, for logs and terminals: one line, not long, without characters that steer a terminal or
 * turn the direction of writing.
 */
export function foreignText(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line.slice(0, LONGEST).replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '?');
}
