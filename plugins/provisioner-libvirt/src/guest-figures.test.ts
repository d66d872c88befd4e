import { expect } from 'chai';
import fc from 'fast-check';
import { figuresOf } from './guest-figures.js';

describe('what a guest tells of itself', () => {
  it('is megabytes, connections and seconds', () => {
    expect(figuresOf('461824 3 128\n')).to.deep.equal({
      diskUsedMb: 451,
      netConnections: 3,
      uptimeSeconds: 128,
    });
  });

  it('is nothing when it is not three numbers, whatever the guest says', () => {
    for (const said of ['', '1 2', ' 1 2 3', '1 2 3 4', '-1 2 3', '1e9 2 3', `${'9'.repeat(400)} 1 1`])
      expect(figuresOf(said)).to.equal(null);
    fc.assert(
      fc.property(fc.string(), (said) => {
        const figures = figuresOf(said);
        for (const figure of Object.values(figures ?? {}))
          expect(Number.isSafeInteger(figure)).to.equal(true);
      }),
    );
  });
});
