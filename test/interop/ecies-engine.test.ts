import { hasCode } from '@blockhost/kernel';
import { encodeHex, openTextFrom, parsePrivateKey, publicKeyOf, sealTextTo } from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { sentenceFor, vectorCases } from './cases.js';

describe('engine ECIES (crypto.md 2.1)', () => {
  for (const vector of vectorCases<'private_key' | 'public_key' | 'ciphertext' | 'plaintext_utf8'>(
    'ecies-engine',
  )) {
    const { private_key = '', public_key, ciphertext = '', plaintext_utf8 } = vector;
    const key = parsePrivateKey(private_key);
    it(sentenceFor(vector), () => {
      if (vector.expect === 'ok') expect(openTextFrom(key, ciphertext)).to.equal(plaintext_utf8);
      else
        expect(() => openTextFrom(key, ciphertext))
          .to.throw()
          .and.satisfy(isUndecryptable);
    });
    if (vector.expect === 'ok' && public_key !== undefined)
      it(`seals the plaintext of ${vector.id} so that its key opens it`, () => {
        expect(encodeHex(publicKeyOf(key))).to.equal(public_key);
        expect(openTextFrom(key, sealTextTo(publicKeyOf(key), plaintext_utf8 ?? ''))).to.equal(
          plaintext_utf8,
        );
      });
  }
});

function isUndecryptable(error: unknown): boolean {
  return hasCode(error, 'crypto.undecryptable');
}
