import { failpoint } from '@blockhost/kernel';

/** Steps of an order and of a knock, each with a failpoint before and after it (engine.md 6.4, 6.5). */
const STEPS = [
  'accept-order',
  'mark-order',
  'journal-knock',
  'open-port',
  'open-narrowed',
  'renew-port',
  'close-broad',
  'close-port',
] as const;

export const adminFailpoints: readonly string[] = STEPS.flatMap((name) => [
  `admin.${name}:before`,
  `admin.${name}:after`,
]);

/** Performs one act that is durable or leaves this process. */
export async function step<T>(name: (typeof STEPS)[number], act: () => Promise<T>): Promise<T> {
  failpoint(`admin.${name}:before`);
  const made = await act();
  failpoint(`admin.${name}:after`);
  return made;
}
