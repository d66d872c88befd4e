import { expect } from 'chai';
import fc from 'fast-check';
import { editDistance, nearest } from './nearest.js';

describe('nearest', () => {
  const ports = ['provisioner', 'chain-engine', 'connectivity-provider'];

  it('finds the name that was meant behind a letter too few, too many, wrong, or swapped', () => {
    for (const typo of ['provisoner', 'provisionner', 'provisioher', 'provisoiner', 'Provisioner'])
      expect(nearest(typo, ports), typo).to.equal('provisioner');
  });

  it('suggests nothing when no name is close', () => {
    expect(nearest('hypervisor', ports)).to.equal(undefined);
    expect(nearest('x', ['id'])).to.equal(undefined);
    expect(nearest('', ports)).to.equal(undefined);
  });

  it('measures a distance: zero for equal words only, symmetric, at most the longer word', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).to.equal(a === b);
        expect(distance).to.equal(editDistance(b, a));
        expect(distance).to.be.within(Math.abs(a.length - b.length), Math.max(a.length, b.length));
      }),
    );
  });
});
