import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const demo = join(import.meta.dirname, '../demo/demo.js');

describe('the demonstration on libvirt', function () {
  this.timeout(300_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-libvirt-demo-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('sells a real virtual machine, whose guest tells who bought it', async () => {
    const argv = [demo, '--once', '--json', '--provisioner', 'libvirt', '--root', join(folder, 'host')];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { timeout: 280_000 });
    const outcome = JSON.parse(stdout) as { readonly owner: string; readonly nft_token_id: string };
    const [, comment] = /admin:x:1000:1000:([^:]*):/.exec(stderr) ?? [];
    expect(comment).to.equal(`wallet=${outcome.owner},nft=${outcome.nft_token_id}`);
  });
});
