import { expect } from 'chai';
import fc from 'fast-check';
import { hasCode } from '../errors/blockhost-error.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { decodeHex, encodeHex } from './hex.js';
import { parsePrivateKey, parsePublicKey, privateKeyText, publicKeyOf } from './key-file.js';

describe('strict text codecs', () => {
  it('read back every byte string that they wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeHex(encodeHex(bytes))).to.deep.equal(bytes);
        expect(decodeBase64(encodeBase64(bytes))).to.deep.equal(bytes);
      }),
    );
  });

  it('read hex in any case, with and without 0x', () => {
    for (const text of ['0xabcd', 'ABCD', '0xAbCd']) expect(encodeHex(decodeHex(text))).to.equal('0xabcd');
    expect(decodeHex('0x')).to.have.length(0);
  });

  for (const text of ['abc', '0xabc', '0xzz', '0x 12', '0X12', '12\n', ' 12', '0x0x12', '١٢'])
    it(`refuse ${JSON.stringify(text)} as hex`, () => {
      expect(codeOf(() => decodeHex(text))).to.equal('crypto.bad-hex');
    });

  for (const text of ['QQ', 'QQ=', 'QR==', 'Q Q==', 'QQ==\n', '-_-_', 'QQ===', '='])
    it(`refuse ${JSON.stringify(text)} as base64`, () => {
      expect(codeOf(() => decodeBase64(text))).to.equal('crypto.bad-base64');
    });
});

describe('key files', () => {
  const text = '2c5465bcd739d3720345d5e50970885fa18687731d14823637de31f4e0e55b9f';

  it('ignore 0x, case and surrounding white space', () => {
    for (const variant of [text, `0x${text}`, `${text.toUpperCase()}\n`, `  ${text}\r\n`])
      expect(privateKeyText(parsePrivateKey(variant))).to.equal(`${text}\n`);
  });

  for (const bad of [
    '',
    '0x',
    text.slice(2),
    `${text}00`,
    `${text}0`,
    `0x0x${text}`,
    `${text} ${text}`,
    '00'.repeat(32),
    'ff'.repeat(32),
  ])
    it(`refuse ${bad.length} characters that are no key, without quoting them`, () => {
      const error = errorOf(() => parsePrivateKey(bad));
      expect(hasCode(error, 'crypto.bad-key')).to.equal(true);
      if (bad.length > 8) expect(JSON.stringify(error) + String(error)).not.to.include(bad);
    });

  it('read a public key with and without 0x and refuse every other form', () => {
    const point = publicKeyOf(parsePrivateKey(text));
    expect(parsePublicKey(encodeHex(point))).to.deep.equal(point);
    expect(parsePublicKey(encodeHex(point).slice(2))).to.deep.equal(point);
    const offCurve = Uint8Array.from(point);
    offCurve[64] = (offCurve[64] ?? 0) ^ 1;
    for (const bad of [
      encodeHex(point.subarray(0, 64)),
      encodeHex(offCurve),
      `0x03${'11'.repeat(32)}`,
      '0x04',
    ])
      expect(codeOf(() => parsePublicKey(bad))).to.equal('crypto.bad-public-key');
  });
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('it was accepted');
}

function codeOf(act: () => unknown): unknown {
  return (errorOf(act) as { code?: unknown }).code;
}
