import { expect } from 'chai';
import { sentenceOf } from '../errors/blockhost-error.js';
import { openFrom, openTextFrom, sealTextTo, sealTo } from './ecies.js';
import { encodeHex } from './hex.js';
import { generatePrivateKey, publicKeyOf } from './key-file.js';
import { openBox, sealBox } from './sealed-box.js';
import { openText, sealText } from './sealed-text.js';

const sizes = [0, 1, 15, 16, 17, 10_000];
const privateKey = generatePrivateKey();
const publicKey = publicKeyOf(privateKey);
const key = Uint8Array.from({ length: 32 }, (_, place) => place);

const ciphers = [
  {
    name: 'the engine ECIES',
    overhead: 93,
    seal: (plaintext: Uint8Array) => sealTo(publicKey, plaintext),
    open: (message: Uint8Array) => openFrom(privateKey, message),
  },
  {
    name: 'the sealed box',
    overhead: 28,
    seal: (plaintext: Uint8Array) => sealBox(key, plaintext),
    open: (message: Uint8Array) => openBox(key, message),
  },
];

for (const { name, overhead, seal, open } of ciphers)
  describe(name, () => {
    for (const size of sizes)
      it(`opens what it sealed, for ${size} bytes`, () => {
        const plaintext = Uint8Array.from({ length: size }, (_, place) => place & 255);
        const message = seal(plaintext);
        expect(message).to.have.length(size + overhead);
        expect(open(message)).to.deep.equal(plaintext);
      });

    it('refuses the message after any single bit is flipped', () => {
      const message = seal(new TextEncoder().encode('hi'));
      for (let bit = 0; bit < message.length * 8; bit += 1) {
        const damaged = Uint8Array.from(message);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(
          failure(() => open(damaged)),
          `bit ${bit}`,
        ).to.equal('crypto.undecryptable');
      }
    });

    it('refuses every shortened and every lengthened message', () => {
      const message = seal(new Uint8Array(3));
      for (let length = 0; length < message.length; length += 1)
        expect(
          failure(() => open(message.subarray(0, length))),
          `${length} bytes`,
        ).to.equal('crypto.undecryptable');
      expect(failure(() => open(Uint8Array.of(...message, 0)))).to.equal('crypto.undecryptable');
    });

    it('says nothing about the reason when it refuses', () => {
      const message = seal(new TextEncoder().encode('secret-words'));
      const errors = [message.subarray(1), message.subarray(0, 20), message.fill(0, -1)].map((bad) =>
        errorOf(() => open(bad)),
      );
      expect(new Set(errors.map(sentenceOf)).size).to.equal(1);
      for (const error of errors) {
        expect((error as Error).cause).to.equal(undefined);
        expect(JSON.stringify(error)).not.to.include('secret-words');
      }
    });
  });

describe('sealed text', () => {
  it('carries text outside ASCII', () => {
    const text = 'Größe ✓ 測試';
    expect(openText(key, sealText(key, text))).to.equal(text);
    expect(openTextFrom(privateKey, sealTextTo(publicKey, text))).to.equal(text);
  });

  it('refuses authentic bytes that are not UTF-8', () => {
    const box = encodeHex(sealBox(key, Uint8Array.of(0xc3, 0x28, 0xff)));
    expect(failure(() => openText(key, box))).to.equal('crypto.undecryptable');
  });

  it('refuses messages of the other cipher', () => {
    const message = sealTextTo(publicKey, 'for the host');
    expect(failure(() => openText(key, message))).to.equal('crypto.undecryptable');
    expect(failure(() => openTextFrom(privateKey, sealText(key, 'x'.repeat(100))))).to.equal(
      'crypto.undecryptable',
    );
  });

  it('never uses an IV twice', () => {
    const ivs = new Set<string>();
    for (let count = 0; count < 10_000; count += 1) ivs.add(sealText(key, '').slice(0, 26));
    expect(ivs.size).to.equal(10_000);
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

function failure(act: () => unknown): unknown {
  return (errorOf(act) as { code?: unknown }).code;
}
