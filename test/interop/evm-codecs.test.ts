import { rm } from 'node:fs/promises';
import { CHAIN_CODEC, type ChainCodec, hasCode, type Kernel } from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { bootAt, newRoot } from '../engine-evm/evm-host.js';
import { sentenceFor, vectorCases } from './cases.js';

describe('codecs of the EVM engine', () => {
  let root: string;
  let kernel: Kernel;
  let codec: ChainCodec;

  before(async () => {
    root = await newRoot();
    kernel = await bootAt(root);
    codec = await kernel.get(CHAIN_CODEC);
  });
  after(async () => {
    await kernel.stop();
    await rm(root, { recursive: true });
  });

  describe('symmetric user data (crypto.md 3)', () => {
    for (const vector of vectorCases<'signature' | 'ciphertext' | 'plaintext_utf8'>('symmetric-evm')) {
      const { signature = '', ciphertext = '', plaintext_utf8 = '' } = vector;
      it(sentenceFor(vector), () => {
        const open = () => codec.cipher.open(signature, ciphertext as `0x${string}`);
        if (vector.expect === 'fail') return expectCode('chain.undecryptable', open);
        expect(open()).to.equal(plaintext_utf8);
        expect(codec.cipher.open(signature, codec.cipher.seal(signature, plaintext_utf8))).to.equal(
          plaintext_utf8,
        );
      });
    }
  });

  describe('message signatures (crypto.md 8)', () => {
    const members = vectorCases<'private_key' | 'address' | 'message_utf8' | 'signature'>('eip191');
    for (const vector of members) {
      const { private_key, address = '', message_utf8 = '', signature = '' } = vector;
      it(sentenceFor(vector), async () => {
        const signer = await codec.messages.recover(message_utf8, signature);
        if (vector.expect === 'ok') expect(signer).to.equal(address);
        else expect(signer).not.to.equal(address);
        if (private_key !== undefined)
          expect(await codec.messages.sign(message_utf8, codec.keys.parse(private_key))).to.equal(signature);
      });
    }
  });

  describe('keys and addresses (crypto.md 1 and 8)', () => {
    const members = vectorCases<'private_key' | 'address' | 'public_key_uncompressed'>('evm-keys');
    for (const vector of members) {
      const { private_key, address, public_key_uncompressed } = vector;
      it(sentenceFor(vector), () => {
        if (vector.expect === 'ok') {
          expect(codec.keys.parse(private_key ?? '').address).to.equal(address);
          expect(encodeHex(publicKeyOf(parsePrivateKey(private_key ?? '')))).to.equal(
            public_key_uncompressed,
          );
        } else if (private_key !== undefined)
          expectCode('chain.bad-key', () => codec.keys.parse(private_key));
        else expectCode('chain.bad-address', () => codec.addresses.parse(address ?? ''));
      });
    }
  });
});

function expectCode(code: string, act: () => unknown): void {
  expect(act)
    .to.throw()
    .and.satisfy((error: unknown) => hasCode(error, code));
}
