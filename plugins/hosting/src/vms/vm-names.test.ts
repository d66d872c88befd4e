import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { vmNames } from './vm-names.js';

describe('vmNames', () => {
  it('completes the prefix of the broker, wherever in it the allocation lies', () => {
    const nameOf = vmNames('vm.example.org');
    expect(nameOf('2001:db8::e')).to.equal('e.vm.example.org');
    expect(nameOf('2001:db8:0:0:5::a0e')).to.equal('5000000000a0e.vm.example.org');
    expect(nameOf('2001:db8:1::')).to.equal('0.vm.example.org');
  });

  it('counts from a longer or shorter prefix where the broker says so', () => {
    expect(vmNames('z', 120)('2001:db8::1234')).to.equal('34.z');
    expect(vmNames('z', 48)('2001:db8:0:7::2')).to.equal('70000000000000002.z');
  });

  it('has none without a zone or an address of IPv6', () => {
    expect(vmNames(null)('2001:db8::e')).to.equal(null);
    expect(vmNames('')('2001:db8::e')).to.equal(null);
    expect(vmNames('z')(null)).to.equal(null);
    expect(vmNames('z')('10.0.0.1')).to.equal(null);
  });

  for (const zone of ['-a', 'A.b', 'a..b', 'a b', '.'])
    it(`refuses the zone "${zone}"`, () => {
      let error: unknown = null;
      try {
        vmNames(zone);
      } catch (thrown) {
        error = thrown;
      }
      expect(hasCode(error, 'config.invalid')).to.equal(true);
    });
});
