import { BlockhostError } from '@blockhost/kernel';

/** A moment as the records have it: ISO 8601 UTC with milliseconds. Throws `vm-store.bad-time`. */
export function isoTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new BlockhostError('vm-store.bad-time', `"${text}" is not a moment in ISO 8601.`);
  return new Date(time).toISOString();
}
