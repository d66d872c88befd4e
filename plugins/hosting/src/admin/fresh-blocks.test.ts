import { type ChainEngine, hasCode, present, unknown } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { FreshBlocks } from './fresh-blocks.js';

const { signal } = new AbortController();
const NOW = 1_000_000;
const clock = { now: () => NOW * 1_000, sleep: async () => {} };

/** A chain of blocks with these times, and the number of calls it has answered. */
function chainOf(times: readonly number[]) {
  const asked = { calls: 0 };
  const blockAt = (height: number) => {
    asked.calls += 1;
    const timestamp = times[height];
    const block = { height, hash: '0x', parentHash: '0x', timestamp: timestamp ?? 0 } as const;
    return timestamp === undefined ? unknown('no such block') : present(block);
  };
  const blocks = {
    head: async () => blockAt(times.length - 1),
    at: async (height: number) => blockAt(height),
  } as Pick<ChainEngine['blocks'], 'head' | 'at'> as ChainEngine['blocks'];
  const chain = { blockTimeMs: 12_000 } as ChainEngine['chain'];
  return { chain: { blocks, chain }, asked };
}

describe('FreshBlocks', () => {
  it('never skips a block that may hold a fresh order, however blocks and ranges lie', async () => {
    const steps = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: -200, max: 600 }),
        async (ages, span, end) => {
          // Times grow by the steps and end about now.
          let time = NOW - end;
          const times = ages
            .map((step) => {
              time -= step;
              return time;
            })
            .reverse();
          const fresh = new FreshBlocks(chainOf(times).chain, clock);
          for (let from = 0; from < times.length; from += span) {
            const to = Math.min(from + span, times.length) - 1;
            const first = await fresh.firstOf(from, to, 360, signal);
            const wanted = times.findIndex(
              (time, height) => height >= from && height <= to && time >= NOW - 360,
            );
            if (wanted >= 0) expect(first).to.be.within(from, wanted);
            else if (first !== null) expect(first).to.be.within(from, to);
          }
        },
      ),
    );
  });

  it('asks for a few blocks only, on a chain that was not read for long', async () => {
    const times = Array.from({ length: 200_000 }, (_, height) => NOW - 12 * (199_999 - height));
    const { chain, asked } = chainOf(times);
    const fresh = new FreshBlocks(chain, clock);
    let shown = 0;
    for (let from = 0; from < times.length; from += 2_000) {
      const to = Math.min(from + 2_000, times.length) - 1;
      const first = await fresh.firstOf(from, to, 360, signal);
      if (first !== null) shown += to - first + 1;
    }
    expect(shown).to.be.within(30, 70);
    expect(asked.calls).to.be.below(20);
  });

  it('looks anew at blocks that are shown again: they may be others', async () => {
    const times = Array.from({ length: 5_000 }, () => NOW - 10_000);
    const fresh = new FreshBlocks(chainOf(times).chain, clock);
    expect(await fresh.firstOf(0, 1_999, 360, signal)).to.equal(null);
    times.fill(NOW);
    expect(await fresh.firstOf(1_000, 1_999, 360, signal)).to.equal(1_000);
  });

  it('does not ask about short ranges', async () => {
    const { chain, asked } = chainOf([NOW]);
    expect(await new FreshBlocks(chain, clock).firstOf(0, 20, 360, signal)).to.equal(0);
    expect(asked.calls).to.equal(0);
  });

  it('skips nothing when the chain does not answer', async () => {
    const { chain } = chainOf([]);
    const failure = await new FreshBlocks(chain, clock).firstOf(0, 100, 360, signal).catch((error) => error);
    expect(hasCode(failure, 'chain.unreachable')).to.equal(true);
  });
});
