import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecResult } from '@blockhost/kernel';
import { expect } from 'chai';
import { sentenceFor, type VectorCase, vectorCases } from './cases.js';
import { ToolRuns } from './tool-runs.js';

describe('nft_tool, as a program', function () {
  this.timeout(30_000);
  let tool: ToolRuns;
  before(async () => {
    tool = await ToolRuns.create();
  });
  after(() => tool.dispose());

  /** The value and nothing else, or nothing at all. */
  function expectAnswer(
    { expect: wanted }: VectorCase,
    { code, stdout, stderr }: ExecResult,
    value?: string,
  ) {
    if (wanted === 'ok')
      expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: `${value}\n`, stderr: '' });
    else {
      expect(stdout).to.equal('');
      expect(code).to.be.oneOf([1, 2]);
      expect(stderr).not.to.match(/unexpected|fault/i);
    }
  }

  describe('symmetric user data (crypto.md 3)', () => {
    for (const vector of vectorCases<'signature' | 'ciphertext' | 'plaintext_utf8'>('symmetric-evm')) {
      const { signature = '', ciphertext = '', plaintext_utf8 } = vector;
      it(sentenceFor(vector), async () => {
        const words = ['decrypt-symmetric', '--signature', '-', '--ciphertext', ciphertext];
        expectAnswer(vector, await tool.run(words, signature), plaintext_utf8);
      });
    }
  });

  describe('engine ECIES (crypto.md 2.1)', () => {
    for (const vector of vectorCases<'private_key' | 'ciphertext' | 'plaintext_utf8'>('ecies-engine')) {
      const { private_key = '', ciphertext = '', plaintext_utf8 } = vector;
      it(sentenceFor(vector), async () => {
        const words = ['decrypt', '--private-key-file', '-', '--ciphertext', ciphertext];
        expectAnswer(vector, await tool.run(words, private_key), plaintext_utf8);
      });
    }
  });

  describe('keys (crypto.md 1 and 8)', () => {
    const members = vectorCases<'private_key' | 'address' | 'public_key_uncompressed'>('evm-keys');
    for (const vector of members) {
      const { private_key, address, public_key_uncompressed = '' } = vector;
      if (private_key === undefined) continue;
      it(sentenceFor(vector), async () => {
        const file = join(tool.folder, `${vector.id}.key`);
        await writeFile(file, `${private_key}\n`);
        expectAnswer(vector, await tool.run(['key-to-address', '--key-file', file]), address);
        const derived = await tool.run(['derive-pubkey', '--private-key', `@${file}`]);
        expectAnswer(vector, derived, public_key_uncompressed.slice(2));
      });
    }
  });
});
