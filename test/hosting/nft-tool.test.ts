import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ToolRuns } from '../interop/tool-runs.js';

const KEY = '2c5465bcd739d3720345d5e50970885fa18687731d14823637de31f4e0e55b9f';
const SIGNATURE = `0x${'11'.repeat(64)}1b`;

describe('nft_tool', function () {
  this.timeout(30_000);
  let tool: ToolRuns;
  before(async () => {
    tool = await ToolRuns.create();
  });
  after(() => tool.dispose());

  it('prints how it is used and ends with 0 when nothing is asked, under both names', async () => {
    const { code, stdout } = await tool.run([]);
    expect(code).to.equal(0);
    expect(stdout).to.include('USAGE').and.include('generate-keypair').and.include('decrypt-symmetric');
    expect(await tool.run(['generate-keypair', '--help'], '', 'bhcrypt'))
      .to.include({ code: 0 })
      .and.to.have.property('stdout')
      .that.includes('bhcrypt generate-keypair --show-pubkey');
  });

  it('makes a key pair whose public key follows from the private one', async () => {
    const made = await tool.run(['generate-keypair', '--show-pubkey']);
    const [key = '', publicKey, end] = made.stdout.split('\n');
    expect(key).to.match(/^[0-9a-f]{64}$/);
    expect(publicKey).to.match(/^04[0-9a-f]{128}$/);
    expect(end).to.equal('');
    const derived = await tool.run(['derive-pubkey', '--private-key', '-'], `0x${key}\r\n`);
    expect(derived).to.include({ code: 0, stdout: `${publicKey}\n`, stderr: '' });
    const alone = await tool.run(['generate-keypair', '--json']);
    expect(JSON.parse(alone.stdout)).to.have.all.keys('private_key');
  });

  it('writes a key file for its owner alone, prints the public key only, and replaces no file unless forced', async () => {
    const file = join(tool.folder, 'made.key');
    const made = await tool.run(['generate-keypair', '--output', 'made.key']);
    expect(made.stdout).to.match(/^04[0-9a-f]{128}\n$/);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    const key = await readFile(file, 'utf8');
    const again = await tool.run(['generate-keypair', '--output', 'made.key']);
    expect(again).to.include({ code: 1, stdout: '' });
    expect(again.stderr).to.include('exists already');
    expect(await readFile(file, 'utf8')).to.equal(key);
    expect(await tool.run(['generate-keypair', '--output', 'made.key', '--force'])).to.include({ code: 0 });
    expect(await readFile(file, 'utf8')).not.to.equal(key);
    const nowhere = await tool.run(['generate-keypair', '--output', 'no/such/folder.key']);
    expect(nowhere).to.include({ code: 1, stdout: '' });
  });

  it('carries a text to the last byte through encryption and back', async () => {
    const text = 'Größe ✓ 測試\n\n';
    await writeFile(join(tool.folder, 'signature'), `${SIGNATURE}\n`);
    const seal = ['encrypt-symmetric', '--signature', '@signature', '--plaintext', '-'];
    const sealed = await tool.run(seal, text);
    expect(sealed.stdout).to.match(/^0x[0-9a-f]+\n$/);
    const words = ['decrypt-symmetric', '--signature', '@signature', '--ciphertext'];
    expect(await tool.run([...words, '-'], sealed.stdout)).to.include({
      code: 0,
      stdout: `${text}\n`,
      stderr: '',
    });
    const json = await tool.run([...words, sealed.stdout.trim(), '--json']);
    expect(JSON.parse(json.stdout)).to.deep.equal({ plaintext: text });
  });

  it('warns of a secret that others can see in the list of processes, and works', async () => {
    const told = await tool.run(['key-to-address', '--key', KEY]);
    expect(told).to.include({ code: 0, stdout: '0x5c33fd89787e3fb46289ff776bd42386A16c0307\n' });
    expect(told.stderr).to.include('--key').and.include('list of processes').and.not.include(KEY);
  });

  const opening = ['--ciphertext', `0x${'00'.repeat(40)}`];
  const misuses: Readonly<Record<string, readonly string[]>> = {
    'a key that is none': ['key-to-address', '--key', 'f'.repeat(64)],
    'hex of odd length': ['decrypt-symmetric', '--signature', SIGNATURE, '--ciphertext', '0x123'],
    'a signature of another form': ['decrypt-symmetric', '--signature', '0x1234', ...opening],
    'two flags for the same': ['derive-pubkey', '--private-key', KEY, '--private-key-file', '-'],
    'neither of two flags': ['derive-pubkey', '--json'],
    'a file that is not there': ['decrypt', '--private-key-file', 'nowhere', ...opening],
    'a folder in place of a file': ['decrypt', '--private-key-file', '/', ...opening],
    'standard input for two': ['decrypt', '--private-key-file', '-', '--ciphertext', '-'],
    'a flag nobody knows': ['generate-keypair', '--outptu', 'x'],
    'a subcommand nobody knows': ['decrpyt'],
  };
  for (const [what, words] of Object.entries(misuses))
    it(`ends with 2 for ${what}, and quotes no secret`, async () => {
      const { code, stdout, stderr } = await tool.run(words, KEY);
      expect(code, stderr).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).not.to.include(KEY).and.not.include('fault');
      expect(stderr).not.to.include('f'.repeat(64));
    });

  it('ends with 1 for a wrong key or damaged data, without a hint at the cause', async () => {
    const sealed = await tool.run(['encrypt-symmetric', '--signature', '-', '--plaintext', 'x'], SIGNATURE);
    const other = `0x${'22'.repeat(64)}1b`;
    const damaged = flipLast(sealed.stdout.trim());
    const texts = new Set<string>();
    for (const [signature, ciphertext] of [
      [other, sealed.stdout.trim()],
      [SIGNATURE, damaged],
      [SIGNATURE, '0x00'],
    ] as const) {
      const words = ['decrypt-symmetric', '--signature', '-', '--ciphertext', ciphertext];
      const { code, stdout, stderr } = await tool.run(words, signature);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      texts.add(stderr);
    }
    expect(texts.size).to.equal(1);
  });
});

/** The hex text with its last bit the other way round. */
function flipLast(hex: string): string {
  return hex.slice(0, -1) + (Number.parseInt(hex.slice(-1), 16) ^ 1).toString(16);
}
