import { AssertionError } from 'chai';
import { readFacts, type World } from './facts.js';
import { INVARIANTS } from './invariants.js';

/** Throws with every invariant that does not hold of a host at rest. Called after every integration test. */
export async function checkInvariants(world: World): Promise<void> {
  const facts = await readFacts(world);
  const broken = INVARIANTS.flatMap(({ sentence, violations }) =>
    violations(facts).map((line) => `${sentence}: ${line}`),
  );
  if (broken.length > 0) throw new AssertionError(`Invariants do not hold:\n  ${broken.join('\n  ')}`);
}
