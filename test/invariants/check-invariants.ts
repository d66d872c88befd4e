import { AssertionError } from 'chai';
import { readFacts, type World } from './facts.js';
import { INVARIANTS, type Invariant } from './invariants.js';

/** Throws with every invariant that does not hold of a host at rest. Called after every integration test. */
export async function checkInvariants(world: World): Promise<void> {
  judge(INVARIANTS, await readFacts(world));
}

/** Throws with every one of the invariants that does not hold of these facts. */
export function judge<F>(invariants: readonly Invariant<F>[], facts: F): void {
  const broken = invariants.flatMap(({ sentence, violations }) =>
    violations(facts).map((line) => `${sentence}: ${line}`),
  );
  if (broken.length > 0) throw new AssertionError(`Invariants do not hold:\n  ${broken.join('\n  ')}`);
}
