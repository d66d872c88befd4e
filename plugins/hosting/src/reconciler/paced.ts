import { type Clock, type Presence, sentenceOf, unknown } from '@blockhost/kernel';

/** After that many answers in a row that tell nothing, whoever is asked counts as away for the rest of the run. */
const MOST_SILENCES = 3;

/** Asks a remote one question after the other. */
export type Paced = <T>(query: () => Promise<Presence<T>>) => Promise<Presence<T>>;

/** Questions with `delayMs` between them; one that throws is unknown, and a remote that is away is not asked 250 times. */
export function paced(delayMs: number, clock: Clock, signal: AbortSignal): Paced {
  let asked = 0;
  let silences = 0;
  return async (query) => {
    if (silences >= MOST_SILENCES) return unknown('it did not answer just now');
    if (asked > 0 && delayMs > 0) await clock.sleep(delayMs, signal);
    signal.throwIfAborted();
    asked += 1;
    const answer = await query().catch((error: unknown) => unknown(sentenceOf(error)));
    silences = answer.kind === 'unknown' ? silences + 1 : 0;
    return answer;
  };
}
