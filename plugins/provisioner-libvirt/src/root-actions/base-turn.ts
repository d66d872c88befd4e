let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `act` alone among those that put a disk onto a base image or take base images away: one process does all of both, and
 * between "no disk stands on it" and its end nobody may begin.
 */
export function inBaseTurn<T>(act: () => Promise<T>): Promise<T> {
  const mine = last.then(act);
  last = mine.catch(() => {});
  return mine;
}
