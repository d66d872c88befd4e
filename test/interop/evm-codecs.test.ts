import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHAIN_ENGINE, type ChainEngine, hasCode, type Kernel } from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { expect } from 'chai';
import { bootAt, newRoot } from '../engine-evm/evm-host.js';
import { sentenceFor, vectorCases } from './cases.js';

const someContract = '0x5c33fd89787e3fb46289ff776bd42386A16c0307';
const settings = `blockchain:
  chain_id: 31337
  rpc_url: http://127.0.0.1:9
  nft_contract: "${someContract}"
  subscription_contract: "${someContract}"
  deploy_block: 0
`;

describe('codecs of the EVM engine', () => {
  let root: string;
  let kernel: Kernel;
  let engine: ChainEngine;

  before(async () => {
    root = await newRoot();
    await writeFile(join(root, 'etc/blockhost/web3-defaults.yaml'), settings);
    kernel = await bootAt(root);
    engine = await kernel.get(CHAIN_ENGINE);
  });
  after(async () => {
    await kernel.stop();
    await rm(root, { recursive: true });
  });

  describe('symmetric user data (crypto.md 3)', () => {
    for (const vector of vectorCases<'signature' | 'ciphertext' | 'plaintext_utf8'>('symmetric-evm')) {
      const { signature = '', ciphertext = '', plaintext_utf8 = '' } = vector;
      it(sentenceFor(vector), () => {
        const open = () => engine.cipher.open(signature, ciphertext as `0x${string}`);
        if (vector.expect === 'fail') return expectCode('chain.undecryptable', open);
        expect(open()).to.equal(plaintext_utf8);
        expect(engine.cipher.open(signature, engine.cipher.seal(signature, plaintext_utf8))).to.equal(
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
        const signer = await engine.messages.recover(message_utf8, signature);
        if (vector.expect === 'ok') expect(signer).to.equal(address);
        else expect(signer).not.to.equal(address);
        if (private_key !== undefined)
          expect(await engine.messages.sign(message_utf8, engine.keys.parse(private_key))).to.equal(
            signature,
          );
      });
    }
  });

  describe('keys and addresses (crypto.md 1 and 8)', () => {
    const members = vectorCases<'private_key' | 'address' | 'public_key_uncompressed'>('evm-keys');
    for (const vector of members) {
      const { private_key, address, public_key_uncompressed } = vector;
      it(sentenceFor(vector), () => {
        if (vector.expect === 'ok') {
          expect(engine.keys.parse(private_key ?? '').address).to.equal(address);
          expect(encodeHex(publicKeyOf(parsePrivateKey(private_key ?? '')))).to.equal(
            public_key_uncompressed,
          );
        } else if (private_key !== undefined)
          expectCode('chain.bad-key', () => engine.keys.parse(private_key));
        else expectCode('chain.bad-address', () => engine.addresses.parse(address ?? ''));
      });
    }
  });
});

function expectCode(code: string, act: () => unknown): void {
  expect(act)
    .to.throw()
    .and.satisfy((error: unknown) => hasCode(error, code));
}
