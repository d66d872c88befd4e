import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { addressCodec } from './address-codec.js';

const checksummed = '0x5c33fd89787e3fb46289ff776bd42386A16c0307';
const digits = checksummed.slice(2);

describe('EVM addresses', () => {
  for (const text of [checksummed, checksummed.toLowerCase(), `0x${digits.toUpperCase()}`])
    it(`reads ${text} and shows it with its checksum`, () => {
      expect(addressCodec.parse(text)).to.equal(checksummed);
    });

  const bad: Readonly<Record<string, string>> = {
    'a wrong checksum': '0x5C33fd89787e3fb46289ff776bd42386A16c0307',
    'a missing prefix': digits,
    'an upper-case prefix': `0X${digits}`,
    'too few digits': checksummed.slice(0, -1),
    'too many digits': `${checksummed}0`,
    'a letter that is no digit': `${checksummed.slice(0, -1)}g`,
    'white space': ` ${checksummed}`,
    'a trailing newline': `${checksummed}\n`,
    'nothing at all': '',
    'a name': 'vitalik.eth',
    'a very long text': `0x${'0'.repeat(10_000)}`,
  };
  for (const [what, text] of Object.entries(bad))
    it(`refuses ${what}`, () => {
      expect(() => addressCodec.parse(text))
        .to.throw()
        .and.satisfy((error: unknown) => hasCode(error, 'chain.bad-address'));
    });

  it('compares whatever the case', () => {
    expect(addressCodec.same(checksummed, checksummed.toLowerCase())).to.equal(true);
    expect(addressCodec.same(checksummed, `0x${'1'.repeat(40)}`)).to.equal(false);
  });
});
