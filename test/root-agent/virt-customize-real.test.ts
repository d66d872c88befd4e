import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import { AgentHost } from './agent-host.js';

const TEMPLATES = '/var/lib/blockhost/templates';
const IMAGE = `${TEMPLATES}/base.qcow2`;
const PACKAGES = '/var/lib/blockhost/template-packages';
const run = promisify(execFile);

describe('images that the root agent works on with what this machine has', function () {
  this.timeout(180_000);
  let host: AgentHost;
  let client: PrivilegedActions;
  const at = (path: string) => host.paths.resolve(path);
  const ask = (...commands: string[][]) => client.call('virt-customize', { image_path: IMAGE, commands });
  const leftOver = () => readdir(at('/var/lib/blockhost-root-agent/images')).catch(() => []);

  beforeEach(async () => {
    host = await AgentHost.create();
    await mkdir(at(TEMPLATES));
    await mkdir(at(PACKAGES));
    // Never guessed: a machine may offer hardware that starts no guest.
    await host.put('/etc/blockhost/db.yaml', 'hypervisor: {domain_type: software}\n');
    await host.start();
    client = await host.client();
  });
  afterEach(() => host.remove());

  it('need a kernel and a program, and say how to get them', async () => {
    const sentence = () => ask(['mkdir', '/x']).then(() => 'it was done', String);
    await writeFile(
      at(IMAGE),
      Buffer.concat([Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), Buffer.alloc(504)]),
    );
    await host.run('mount', '-t', 'tmpfs', 'none', '/boot');
    expect(await sentence()).to.contain('apt-get install linux-image');
    await host.run('touch', '/boot/vmlinuz-test');
    // Whether it is installed or not: for this host there is none.
    await host.run('sh', '-c', 'if test -e /usr/bin/virt-customize; then mount --bind /var /usr/bin; fi');
    expect(await sentence()).to.contain('apt-get install libguestfs-tools');
    expect(await leftOver()).to.deep.equal([]);
  });

  // It starts a machine of its own, by software: up to forty seconds, and 200 MB of packages.
  if (process.env.BLOCKHOST_NIGHTLY)
    it('are changed by the real program', async () => {
      await makeSystem(host.host.root, at(IMAGE));
      await writeFile(at(`${PACKAGES}/page.deb`), 'page', { mode: 0o644 });
      await ask(
        ['mkdir', '/opt/blockhost'],
        ['write', '/opt/blockhost/note:hello\n'],
        ['append-line', '/opt/blockhost/note:world'],
        ['chmod', '0600:/opt/blockhost/note'],
        ['copy-in', `${PACKAGES}/page.deb:/opt/blockhost`],
        ['run-command', 'echo "$(cat /opt/blockhost/page.deb) in the guest" > /opt/blockhost/ran'],
        ['delete', '/etc/motd'],
      );
      const raw = join(host.host.root, 'raw');
      await run('qemu-img', ['convert', '-O', 'raw', at(IMAGE), raw]);
      const cat = async (path: string) => (await run('debugfs', ['-R', `cat ${path}`, raw])).stdout;
      expect(await cat('/opt/blockhost/note')).to.equal('hello\nworld\n');
      expect(await cat('/opt/blockhost/ran')).to.equal('page in the guest\n');
      expect(await cat('/etc/motd')).to.equal('');
      expect(await leftOver()).to.deep.equal([]);
    });
});

/** A disk with as much of Debian as it takes to run a shell: this machine's own. */
async function makeSystem(folder: string, image: string): Promise<void> {
  const root = join(folder, 'system');
  for (const each of ['bin', 'etc', 'usr/bin', 'usr/lib', 'var', 'tmp', 'root', 'dev', 'proc', 'sys', 'opt'])
    await mkdir(join(root, each), { recursive: true });
  await writeFile(join(root, 'etc/os-release'), 'ID=debian\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n');
  await writeFile(join(root, 'etc/debian_version'), '12.0\n');
  await writeFile(join(root, 'etc/fstab'), 'LABEL=root / ext4 defaults 0 1\n');
  await writeFile(join(root, 'etc/motd'), 'old\n');
  const programs = ['sh', 'cat', 'ls'];
  for (const program of programs) await copyFile(`/bin/${program}`, join(root, 'bin', program));
  const { stdout } = await run(
    'ldd',
    programs.map((program) => `/bin/${program}`),
  );
  for (const [library] of stdout.matchAll(/\/\S+\.so[\d.]*/g)) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(library, join(root, library));
  }
  const raw = join(folder, 'system.raw');
  await run('mkfs.ext4', ['-q', '-F', '-L', 'root', '-d', root, raw, '64M']);
  await run('qemu-img', ['convert', '-O', 'qcow2', raw, image]);
}
