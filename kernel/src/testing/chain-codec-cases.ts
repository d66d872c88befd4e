import { inspect } from 'node:util';
import { expect } from 'chai';
import { encodeHex, generatePrivateKey, privateKeyText, publicKeyOf } from '../crypto/index.js';
import { hasCode } from '../errors/blockhost-error.js';
import type { ChainBench } from './chain-engine-conformance.js';

/** Addresses, keys, messages and ciphers: what needs no network. */
export function chainCodecCases(bench: () => ChainBench): void {
  const code = (wanted: string) => (error: unknown) => hasCode(error, wanted);

  it('reads every address that it writes, and compares them', () => {
    const { addresses, keys } = bench().engine;
    const { address } = keys.generate();
    expect(addresses.parse(address)).to.equal(address);
    expect(addresses.same(address, address)).to.equal(true);
    expect(addresses.same(address, keys.generate().address)).to.equal(false);
  });

  it('refuses what is no address with chain.bad-address', () => {
    const { addresses } = bench().engine;
    for (const text of ['', 'x', '0x', 'not-an-address', `0x${'0'.repeat(1_000)}`])
      expect(() => addresses.parse(text), text)
        .to.throw()
        .and.satisfy(code('chain.bad-address'));
  });

  it('reads the key it made and shows nothing of it but the address', () => {
    const { keys } = bench().engine;
    const { text, address } = keys.generate();
    const key = keys.parse(`  ${text}\n`);
    expect(key.address).to.equal(address);
    expect(inspect(key, { depth: 9 }) + JSON.stringify(key)).not.to.include(text.trim());
  });

  it('refuses what is no key with chain.bad-key and does not repeat it', () => {
    const { keys } = bench().engine;
    for (const text of ['', 'secret-that-is-no-key', '00'.repeat(200)])
      expect(() => keys.parse(text))
        .to.throw()
        .and.satisfy(
          (error: unknown) =>
            hasCode(error, 'chain.bad-key') && (text === '' || !inspect(error).includes(text)),
        );
  });

  it('recovers who signed a message, also outside ASCII, and the same text gives the same signature', async () => {
    const { keys, messages } = bench().engine;
    const key = keys.parse(keys.generate().text);
    for (const message of ['blockhost-access', 'Größe ✓ 測試', '']) {
      const signature = await messages.sign(message, key);
      expect(messages.isSignature(signature)).to.equal(true);
      expect(await messages.recover(message, signature)).to.equal(key.address);
      expect(await messages.recover(`${message}!`, signature)).not.to.equal(key.address);
      expect(await messages.sign(message, key)).to.equal(signature);
    }
  });

  it('answers null for what is no signature', async () => {
    const { messages } = bench().engine;
    for (const text of ['', '0x', 'no signature', `0x${'ff'.repeat(20)}`, `0x${'00'.repeat(65)}`]) {
      expect(await messages.recover('message', text), text).to.equal(null);
      if (text.length < 100) expect(messages.isSignature(text), text).to.equal(false);
    }
  });

  it('opens a purchase with the server key it was sealed to, and with no other', async () => {
    const { cipher, keys, messages } = bench().engine;
    const server = generatePrivateKey();
    const signature = await messages.sign('blockhost-access', keys.parse(keys.generate().text));
    const sealed = cipher.sealPurchase(encodeHex(publicKeyOf(server)), signature);
    expect(cipher.openPurchase(sealed, privateKeyText(server))).to.equal(signature);
    expect(() => cipher.openPurchase(sealed, privateKeyText(generatePrivateKey())))
      .to.throw()
      .and.satisfy(code('chain.undecryptable'));
    for (const junk of ['0x', '0x00', signature] as const)
      expect(() => cipher.openPurchase(junk, privateKeyText(server)))
        .to.throw()
        .and.satisfy(code('chain.undecryptable'));
  });

  it('opens user data with the signature it was sealed under, and with no other', async () => {
    const { cipher, keys, messages } = bench().engine;
    const key = keys.parse(keys.generate().text);
    const signature = await messages.sign('blockhost-access', key);
    const sealed = cipher.seal(signature, '{"hostname":"Größe","port":22}');
    expect(cipher.open(signature, sealed)).to.equal('{"hostname":"Größe","port":22}');
    expect(cipher.seal(signature, 'x')).not.to.equal(cipher.seal(signature, 'x'));
    const other = await messages.sign('another secret', key);
    expect(() => cipher.open(other, sealed))
      .to.throw()
      .and.satisfy(code('chain.undecryptable'));
    expect(() => cipher.open(signature, '0x00'))
      .to.throw()
      .and.satisfy(code('chain.undecryptable'));
  });
}
