import { inspect } from 'node:util';
import { expect } from 'chai';
import { messageSigning } from './message-signature.js';
import { parseKey } from './signing-key.js';

const secret = '2c5465bcd739d3720345d5e50970885fa18687731d14823637de31f4e0e55b9f';
const key = parseKey(secret);

describe('EVM message signatures', () => {
  it('give the signer back, also for text outside ASCII and signatures without 0x', async () => {
    for (const message of ['', 'blockhost-access', 'Größe ✓ 測試']) {
      const signature = await messageSigning.sign(message, key);
      expect(await messageSigning.recover(message, signature)).to.equal(key.address);
      expect(await messageSigning.recover(message, signature.slice(2).toUpperCase())).to.equal(key.address);
    }
  });

  it('are the same each time', async () => {
    expect(await messageSigning.sign('again', key)).to.equal(await messageSigning.sign('again', key));
  });

  const good = `0x${'11'.repeat(64)}1b`;
  const forms: Readonly<Record<string, readonly [string, boolean]>> = {
    '65 bytes with v 27': [good, true],
    'no prefix': [good.slice(2), true],
    'v 0': [`0x${'11'.repeat(64)}00`, true],
    'v 29': [`0x${'11'.repeat(64)}1d`, false],
    'v 37 of EIP-155': [`0x${'11'.repeat(64)}25`, false],
    '64 bytes of EIP-2098': [good.slice(0, -2), false],
    '66 bytes': [`${good}00`, false],
    'letters that are no digits': [good.replace('1', 'z'), false],
    'white space': [` ${good}`, false],
    nothing: ['', false],
  };
  for (const [what, [text, expected]] of Object.entries(forms))
    it(`${expected ? 'take' : 'do not take'} ${what} for a signature`, () => {
      expect(messageSigning.isSignature(text)).to.equal(expected);
    });
});

describe('a signing key', () => {
  it('shows nothing but its address', () => {
    for (const shown of [
      JSON.stringify(key),
      inspect(key, { depth: 9, showHidden: true }),
      String(Object.values(key)),
    ]) {
      expect(shown).to.include(key.address);
      expect(shown).not.to.include(secret);
    }
  });
});
