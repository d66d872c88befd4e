import { expect } from 'chai';
import fc from 'fast-check';
import { FULL, WorkQueue } from './work-queue.js';

describe('WorkQueue', () => {
  it('never runs two of one resource nor more than its places, and keeps the order of each resource', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ resource: fc.constantFrom('a', 'b', 'c', 'd'), turns: fc.nat(5), fails: fc.boolean() }),
        ),
        async (jobs) => {
          const queue = new WorkQueue({ places: 3, queued: 1_000 });
          const running = new Set<string>();
          const ended: Record<string, number[]> = {};
          const results = jobs.map(({ resource, turns, fails }, at) =>
            queue.run(resource, async () => {
              expect(running.has(resource)).to.equal(false);
              running.add(resource);
              expect(running.size).to.be.at.most(3);
              for (let turn = 0; turn < turns; turn++) await Promise.resolve();
              running.delete(resource);
              ended[resource] = [...(ended[resource] ?? []), at];
              if (fails) throw new Error('as asked');
              return at;
            }),
          );
          await queue.idle();
          const ends = await Promise.allSettled(results);
          expect(ends.map(({ status }) => status)).to.deep.equal(
            jobs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')),
          );
          for (const places of Object.values(ended))
            expect(places).to.deep.equal([...places].sort((a, b) => a - b));
        },
      ),
    );
  });

  it('takes no more than it may queue', async () => {
    const queue = new WorkQueue({ places: 1, queued: 2 });
    const held = Promise.withResolvers<void>();
    const accepted = [1, 2, 3].map(() => queue.run('a', () => held.promise));
    expect(accepted).to.not.include(FULL);
    expect(queue.run('a', async () => {})).to.equal(FULL);
    held.resolve();
    await queue.idle();
    expect(await queue.run('a', async () => 'again')).to.equal('again');
  });
});
