import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageOwners } from './owning-package.js';

describe('packageOwners', () => {
  let root: string;
  const paths = () => ({ root, resolve: (absolute: string) => join(root, absolute) });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'owners-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('finds owners in the lists of dpkg, by whole lines, without the architecture', async () => {
    const info = join(root, 'var/lib/dpkg/info');
    await mkdir(info, { recursive: true });
    await writeFile(join(info, 'blockhost-demo:amd64.list'), '/.\n/usr\n/usr/share/blockhost/engine.json\n');
    await writeFile(join(info, 'other.list'), '/usr/share/blockhost/engine.json.bak\n');
    await writeFile(join(info, 'other.md5sums'), '/usr/share/blockhost/broker.json\n');
    const files = ['engine.json', 'broker.json'].map((name) => join(root, 'usr/share/blockhost', name));
    expect(files.map(packageOwners(files, paths()))).to.deep.equal(['blockhost-demo', null]);
  });

  it('finds nothing where there is no dpkg', () => {
    const file = join(root, 'engine.json');
    expect(packageOwners([file], paths())(file)).to.equal(null);
  });
});
