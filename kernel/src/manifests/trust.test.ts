import { chmod, chown, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Links, trustProblem } from './trust.js';

interface Node {
  readonly uid?: number;
  readonly mode?: number;
  readonly link?: string;
}

/** A file system of a few paths; what is not listed does not exist. */
function fileSystem(nodes: Readonly<Record<string, Node>>): Links {
  return {
    lstat(path) {
      const node = nodes[path];
      if (!node) throw Object.assign(new Error(`ENOENT: no such file, lstat '${path}'`), { code: 'ENOENT' });
      return {
        uid: node.uid ?? 0,
        mode: node.mode ?? 0o755,
        isSymbolicLink: () => node.link !== undefined,
      };
    },
    readlink: (path) => nodes[path]?.link ?? '',
  };
}

describe('trustProblem', () => {
  const sound = { '/': {}, '/usr': {}, '/usr/lib': {}, '/usr/lib/a.js': { mode: 0o644 } };

  it('trusts a file that root alone can change, all the way up', () => {
    expect(trustProblem('/usr/lib/a.js', fileSystem(sound))).to.equal(null);
  });

  it('names the owner of a file or folder that is not root’s', () => {
    const problem = 'belongs to user 1000, not to root.';
    const file = fileSystem({ ...sound, '/usr/lib/a.js': { uid: 1000 } });
    expect(trustProblem('/usr/lib/a.js', file)).to.equal(`/usr/lib/a.js ${problem}`);
    const folder = fileSystem({ ...sound, '/usr': { uid: 1000 } });
    expect(trustProblem('/usr/lib/a.js', folder)).to.equal(`/usr ${problem}`);
  });

  it('names the mode of what the group or others can write', () => {
    const folder = (mode: number) => fileSystem({ ...sound, '/usr/lib': { mode } });
    const written = 'others than root can write it.';
    expect(trustProblem('/usr/lib/a.js', folder(0o775))).to.equal(`/usr/lib has mode 0775: ${written}`);
    expect(trustProblem('/usr/lib/a.js', folder(0o757))).to.equal(`/usr/lib has mode 0757: ${written}`);
  });

  it('refuses a folder everybody can write although it is sticky', () => {
    const files = fileSystem({ '/': {}, '/tmp': { mode: 0o1777 }, '/tmp/a.js': {} });
    expect(trustProblem('/tmp/a.js', files)).to.match(/^\/tmp has mode 1777/);
  });

  it('checks both where a link lies and where it leads', () => {
    const link = { '/opt': {}, '/opt/a.js': { mode: 0o777, link: '../usr/lib/a.js' } };
    expect(trustProblem('/opt/a.js', fileSystem({ ...sound, ...link }))).to.equal(null);
    const openTarget = fileSystem({ ...sound, ...link, '/usr/lib': { mode: 0o777 } });
    expect(trustProblem('/opt/a.js', openTarget)).to.match(/^\/usr\/lib has mode 0777/);
    const openFolder = fileSystem({ ...sound, ...link, '/opt': { mode: 0o777 } });
    expect(trustProblem('/opt/a.js', openFolder)).to.match(/^\/opt has mode 0777/);
    const foreignLink = fileSystem({ ...sound, ...link, '/opt/a.js': { uid: 33, link: '/usr/lib/a.js' } });
    expect(trustProblem('/opt/a.js', foreignLink)).to.match(/^\/opt\/a.js belongs to user 33/);
  });

  it('follows a linked folder in the middle of a path', () => {
    const files = fileSystem({ ...sound, '/lib': { link: 'usr/lib' } });
    expect(trustProblem('/lib/a.js', files)).to.equal(null);
  });

  it('gives up on links that lead in a circle', () => {
    const files = fileSystem({ '/': {}, '/a': { link: '/b' }, '/b': { link: '/a' } });
    expect(trustProblem('/a', files)).to.equal('/a passes through more than 40 links.');
  });

  it('does not trust what it cannot see', () => {
    expect(trustProblem('/usr/lib/b.js', fileSystem(sound))).to.match(
      /^\/usr\/lib\/b.js cannot be checked: ENOENT/,
    );
  });

  it('trusts a real program of the system and refuses a real file below the folder for temporary files', async () => {
    expect(trustProblem(await realpath('/bin/ls'))).to.equal(null);
    const folder = await mkdtemp(join(tmpdir(), 'trust-'));
    try {
      await writeFile(join(folder, 'a.js'), '');
      await symlink(join(folder, 'a.js'), join(folder, 'link.js'));
      if (process.getuid?.() === 0) {
        await chown(folder, 0, 0);
        await chmod(folder, 0o755);
      }
      expect(trustProblem(join(folder, 'link.js'))).to.match(/has mode 1777|belongs to user/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
