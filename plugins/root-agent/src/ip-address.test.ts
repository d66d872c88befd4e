import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalAddress, isInPrefix, singleAddress } from './ip-address.js';

describe('addresses of the root agent', () => {
  it('have one form however they are written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        fc.pre(!/[.]/.test(text));
        const once = canonicalAddress(text);
        expect(canonicalAddress(once)).to.equal(once);
        expect(canonicalAddress(text.toUpperCase())).to.equal(once);
      }),
    );
    expect(canonicalAddress('2001:0DB8:0:0::1')).to.equal('2001:db8::1');
    expect(canonicalAddress('192.0.2.1')).to.equal('192.0.2.1');
  });

  for (const text of [
    '',
    '1.2.3',
    '01.2.3.4',
    '1.2.3.4\n',
    ' ::1',
    '::1%lo',
    '::ffff:1.2.3.4',
    '::1/128',
    'localhost',
    '[::1]',
  ])
    it(`are not ${JSON.stringify(text)}`, () => {
      expect(() => canonicalAddress(text))
        .to.throw()
        .with.property('code', 'root-agent.invalid-params');
    });

  it('stand alone when their length is 128', () => {
    expect(singleAddress('2001:DB8::1/128')).to.equal('2001:db8::1');
    for (const text of ['::1', '::1/64', '::1/128/128', '1.2.3.4/128', '::1/0128'])
      expect(() => singleAddress(text))
        .to.throw()
        .with.property('code', 'root-agent.invalid-params');
  });

  it('lie in a prefix or not', () => {
    expect(isInPrefix('2001:db8:1::5', '2001:db8:1::/64')).to.equal(true);
    expect(isInPrefix('2001:db8:1:1::5', '2001:db8:1::/64')).to.equal(false);
    expect(isInPrefix('2001:db8:1::5', '2001:db8:1::5/128')).to.equal(true);
    for (const prefix of ['', '2001:db8:1::', '2001:db8:1::/', '2001:db8:1::/129', '10.0.0.0/8', 'x/64'])
      expect(isInPrefix('2001:db8:1::5', prefix)).to.equal(false);
  });
});
