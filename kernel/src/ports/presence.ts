/**
 * Answer of every query to something remote. Unreachable is not absent: `unknown` forbids create and destroy, and
 * `absent` needs positive proof.
 */
export type Presence<T> =
  | { readonly kind: 'present'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string };

export const present = <T>(value: T): Presence<T> => ({ kind: 'present', value });
export const absent: Presence<never> = { kind: 'absent' };
export const unknown = (reason: string): Presence<never> => ({ kind: 'unknown', reason });
