/** Milliseconds since the epoch as ISO 8601 in UTC, to the second. */
export function shownTime(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
