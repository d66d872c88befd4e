import { expect } from 'chai';
import { identify, isAlive, processStat } from './process-identity.js';

describe('process identity', () => {
  it('knows this process alive, and no other that had its number before or in another boot', () => {
    const self = identify(process.pid);
    if (self === null) return expect.fail('this process is not there');
    expect(isAlive(self)).to.equal(true);
    expect(isAlive({ ...self, startTicks: self.startTicks - 1 })).to.equal(false);
    expect(isAlive({ ...self, bootId: 'another' })).to.equal(false);
  });

  it('reads past blanks and parentheses in the name of a program', () => {
    const before = process.title;
    process.title = 'a) S (b';
    try {
      expect(processStat(process.pid)?.state).to.match(/^[RSD]$/);
      expect(processStat(process.pid)?.startTicks)
        .to.equal(identify(process.pid)?.startTicks)
        .and.be.above(0);
    } finally {
      process.title = before;
    }
  });

  it('knows no process by a number that nobody has', () => {
    expect(identify(2 ** 22 + 1)).to.equal(null);
  });
});
