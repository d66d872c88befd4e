/** A moment as people read it: ISO 8601 in UTC, to the second. From milliseconds since the epoch, or ISO 8601. */
export function shownTime(moment: number | string): string {
  return new Date(moment).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
