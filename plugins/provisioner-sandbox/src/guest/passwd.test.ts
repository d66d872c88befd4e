import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { setGecos } from './passwd.js';

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1000:old:/home/admin:/bin/sh\n';

describe('the comment of a user', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-passwd-'));
    file = join(folder, 'passwd');
    await writeFile(file, PASSWD);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is replaced, and nothing else in the file', async () => {
    expect(setGecos(file, 'admin', 'wallet=0xabc,nft=7')).to.deep.equal({
      ok: true,
      value: 'wallet=0xabc,nft=7',
    });
    expect(await readFile(file, 'utf8')).to.equal(PASSWD.replace('old', 'wallet=0xabc,nft=7'));
  });

  it('is refused for a user that does not exist, and for a line that is no entry', async () => {
    expect(setGecos(file, 'adm', 'x')).to.include({ ok: false, code: 'no-such-user' });
    await writeFile(file, 'admin:x\n');
    expect(setGecos(file, 'admin', 'x')).to.include({ ok: false, code: 'no-such-user' });
    expect(await readFile(file, 'utf8')).to.equal('admin:x\n');
  });
});
