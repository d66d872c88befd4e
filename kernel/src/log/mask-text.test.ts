import { expect } from 'chai';
import fc from 'fast-check';
import { maskText } from './mask-text.js';

const KEY = '59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';

describe('maskText', () => {
  for (const before of ['key ', 'key: ', 'Private Key=', '"key":"', "key '", 'key: 0x', 'the key is '])
    it(`hides 64 hex digits after ${JSON.stringify(before)}`, () => {
      const masked = maskText(`bad ${before}${KEY} given`);
      expect(masked).to.not.contain(KEY);
      expect(masked).to.contain('[redacted]');
    });

  it('shows a hash', () => {
    const text = `transaction 0x${KEY} reverted`;
    expect(maskText(text)).to.equal(text);
  });

  it('keeps of a URL its place and hides account, key segments and query values', () => {
    expect(
      maskText(
        'cannot reach https://me:pw@rpc.example.org:8545/v3/0123456789abcdef0123456789abcdef?k=v&z=1.',
      ),
    ).to.equal(
      'cannot reach https://[redacted]@rpc.example.org:8545/v3/[redacted]?k=[redacted]&z=[redacted]',
    );
  });

  it('leaves ordinary URLs alone', () => {
    for (const url of [
      'http://127.0.0.1:8545',
      'https://example.org/how-to/choose-a-provisioner-plugin',
      `https://explorer.example.org/tx/0x${KEY}`,
      'postgres://localhost/blockhost',
    ])
      expect(maskText(url)).to.equal(url);
  });

  it('never shows the password of a URL, wherever that stands', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
    fc.assert(
      fc.property(word, word, fc.string(), fc.string(), (user, password, before, after) => {
        fc.pre(!before.includes(password) && !after.includes(password));
        expect(maskText(`${before} ws://${user}:${password}@host.example/x ${after}`)).to.not.contain(
          password,
        );
      }),
    );
  });
});
