import { rm } from 'node:fs/promises';
import { CHAIN_CODEC, hasCode, type Kernel, type UserDataCipher } from '@blockhost/kernel';
import { expect } from 'chai';
import { parse } from 'yaml';
import { bootAt, newRoot } from '../engine-evm/evm-host.js';
import { builtModule } from './built-module.js';
import { sentenceFor, vectorCases } from './cases.js';

interface Backup {
  sealBackup(cipher: UserDataCipher, signature: string, configuration: object): string;
  openBackup(cipher: UserDataCipher, signature: string, file: string): Readonly<Record<string, unknown>>;
}

describe('configuration backups of an EVM host (crypto.md 4)', () => {
  let root: string;
  let kernel: Kernel;
  let cipher: UserDataCipher;
  let backup: Backup;
  before(async () => {
    root = await newRoot();
    kernel = await bootAt(root);
    ({ cipher } = await kernel.get(CHAIN_CODEC));
    backup = await builtModule('installer/dist/config-backup.js');
  });
  after(async () => {
    await kernel.stop();
    await rm(root, { recursive: true });
  });

  const isBadBackup = (error: unknown) => hasCode(error, 'installer.bad-backup');

  for (const vector of vectorCases<'signature' | 'file_text' | 'plaintext_yaml'>('config-backup-evm')) {
    const { signature = '', file_text = '', plaintext_yaml = '' } = vector;
    it(sentenceFor(vector), () => {
      if (vector.expect === 'fail') {
        expect(() => backup.openBackup(cipher, signature, file_text))
          .to.throw()
          .and.satisfy(isBadBackup);
        return;
      }
      const configuration = parse(plaintext_yaml);
      expect(backup.openBackup(cipher, signature, file_text)).to.deep.equal(configuration);
      const made = backup.sealBackup(cipher, signature, configuration);
      expect(made).to.match(/^0x[0-9a-f]+\n$/);
      expect(backup.openBackup(cipher, signature, made)).to.deep.equal(configuration);
    });
  }

  const signature = `0x${'11'.repeat(64)}1b`;
  const contents: Readonly<Record<string, string>> = {
    'no YAML': 'a: [1',
    'a text': 'just words',
    nothing: '',
    'the same key twice': 'a: 1\na: 2',
    'aliases that multiply': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[at]}`)}]`)
      .join('\n')}`,
  };
  for (const [what, text] of Object.entries(contents))
    it(`refuses a backup that holds ${what}, without telling what it holds`, () => {
      expect(() => backup.openBackup(cipher, signature, cipher.seal(signature, text)))
        .to.throw('Wrong wallet or corrupted file.')
        .and.satisfy((error: unknown) => isBadBackup(error) && (error as Error).cause === undefined);
    });

  it('refuses a file of more than a mebibyte without decrypting it', () => {
    const sealed = `${cipher.seal(signature, 'a: 1')}${' '.repeat(1024 * 1024)}`;
    expect(() => backup.openBackup(cipher, signature, sealed))
      .to.throw()
      .and.satisfy(isBadBackup);
  });

  it('gives no configuration a prototype of the file’s choice', () => {
    const file = cipher.seal(signature, 'a: 1\n__proto__: { admin: true }');
    expect(Object.keys(backup.openBackup(cipher, signature, file))).to.deep.equal(['a']);
  });
});
