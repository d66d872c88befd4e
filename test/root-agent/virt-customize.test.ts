import { execFile } from 'node:child_process';
import {
  chmod,
  chown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PrivilegedActions } from '@blockhost/kernel';
import { expect } from 'chai';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { AgentHost, NOBODY } from './agent-host.js';

const IMAGE = '/var/lib/blockhost/templates/base.qcow2';
const PACKAGES = '/var/lib/blockhost/template-packages';
const STAGING = '/var/lib/blockhost-root-agent/images';

/** The header of a disk image that stands alone, on another file, or keeps its data in one. */
function disk({ backing = '', dataFile = false } = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write('QFI\xfb', 'latin1');
  header.writeUInt32BE(3, 4);
  if (backing !== '') header.writeBigUInt64BE(256n, 8);
  header.writeUInt32BE(backing.length, 16);
  header.writeBigUInt64BE(dataFile ? 4n : 0n, 72);
  header.write(backing, 256);
  return header;
}

describe('images that the root agent works on', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;
  let client: PrivilegedActions;

  const at = (path: string) => host.paths.resolve(path);
  const ask = (commands: unknown, image_path = IMAGE) =>
    client.call('virt-customize', { image_path, commands });
  const refusal = (promise: Promise<unknown>): Promise<Error & { code?: string }> =>
    promise.then(
      () => expect.fail('it was not refused'),
      (error) => error,
    );
  const codeOf = async (promise: Promise<unknown>) => (await refusal(promise)).code;
  const MKDIR = [['mkdir', '/opt/x']];
  const staged = () => readdir(at(STAGING)).catch(() => []);
  const words = async () => (await host.read('/words')).trimEnd().split('\n');

  async function start(): Promise<void> {
    host = await AgentHost.create();
    await mkdir(at('/var/lib/blockhost/templates'));
    await mkdir(at(PACKAGES));
    await writeFile(at(IMAGE), disk(), { mode: 0o640 });
    agent = await host.start();
    client = await host.client();
  }

  describe('asked for in a wrong way', () => {
    before(start);
    after(() => host.remove());

    for (const [what, commands] of [
      ['no command', []],
      ['an operation that is not on the list', [['run', '/etc/shadow']]],
      ['an option in the place of an operation', [['--commands-from-file', '/etc/shadow']]],
      ['a name out of every object', [['constructor', 'x']]],
      ['two arguments', [['mkdir', '/a', '/b']]],
      ['no argument', [['mkdir']]],
      ['a number', [['mkdir', 7]]],
      ['an argument with a zero byte', [['run-command', 'a\0b']]],
      ['a package with a blank', [['install', 'nginx --option']]],
      ['a package that begins with a dash', [['install', 'nginx,-o']]],
      ['a relative place', [['mkdir', 'opt']]],
      ['a mode that is none', [['chmod', 'u+s:/bin/sh']]],
      ['a line of two', [['append-line', '/etc/fstab:a\nb']]],
      ['a file without contents', [['write', '/etc/fstab']]],
      ['a file of the host', [['upload', '/etc/shadow:/tmp/x']]],
      [
        'a file of the host by way of the packages',
        [['upload', `${PACKAGES}/../../../../etc/shadow:/tmp/x`]],
      ],
      ['a folder of the host', [['copy-in', '/etc:/tmp']]],
      ['the packages as a whole', [['copy-in', `${PACKAGES}:/tmp`]]],
      ['sixty-five commands', Array.from({ length: 65 }, () => ['mkdir', '/x'])],
    ] as const)
      it(`are not touched for ${what}`, async () => {
        expect(await codeOf(ask(commands))).to.equal('root-agent.invalid-params');
        expect(await readFile(at(IMAGE))).to.deep.equal(disk());
      });

    for (const path of [
      '/etc/shadow',
      '/var/lib/blockhost/templates',
      '/var/lib/blockhost/templates/../base.qcow2',
      '/var/lib/blockhost/templates/sub/base.qcow2',
      '/var/lib/blockhost/templates/.hidden',
      `${IMAGE}\n`,
      'base.qcow2',
      '-a',
    ])
      it(`are not looked for at ${JSON.stringify(path)}`, async () => {
        expect(await codeOf(ask(MKDIR, path))).to.equal('root-agent.invalid-params');
      });
  });

  describe('with a program that notes what it is told', () => {
    beforeEach(async () => {
      await start();
      await host.run('sh', '-c', 'mount -t tmpfs none /boot && touch /boot/vmlinuz-test');
      await record('printf changed >> "$5"');
    });

    afterEach(() => host.remove());

    /** The fifth word is the image. */
    function record(then: string): Promise<void> {
      const note = `printf "%s\\n" "$@" > ${at('/words')}; env | grep LIBGUESTFS_B >> ${at('/words')}`;
      return host.putProgram('virt-customize', `${note}; ${then}`);
    }

    const untouched = async () => {
      expect((await readFile(at(IMAGE))).equals(disk())).to.equal(true);
      expect(await staged()).to.deep.equal([]);
    };

    it('are changed in a copy that takes their place, with owner and mode', async () => {
      await chown(at(IMAGE), NOBODY, NOBODY);
      const { ino } = await stat(at(IMAGE));
      await ask([
        ['mkdir', '/opt/x'],
        ['--write', '/opt/x/a:one\ntwo: three'],
        ['run-command', 'echo "$HOME"'],
      ]);
      const after = await stat(at(IMAGE));
      expect(await readFile(at(IMAGE), 'latin1')).to.match(/changed$/);
      expect(after.ino).not.to.equal(ino);
      expect([after.uid, after.gid, after.mode & 0o777]).to.deep.equal([NOBODY, NOBODY, 0o640]);
      expect(await staged()).to.deep.equal([]);
      const [quiet, format, kind, a, copy, ...rest] = await words();
      expect([quiet, format, kind, a]).to.deep.equal(['--quiet', '--format', 'qcow2', '-a']);
      expect(copy?.startsWith(`${at(STAGING)}/work-`)).to.equal(true);
      expect(rest.slice(0, 5)).to.deep.equal([
        '--no-network',
        '--mkdir=/opt/x',
        '--write=/opt/x/a:one',
        'two: three',
        '--run-command=echo "$HOME"',
      ]);
      expect(rest).to.include('LIBGUESTFS_BACKEND=direct');
    });

    it('may use the network when packages are to be installed', async () => {
      await ask([['install', 'nginx,libc++1']]);
      expect(await words())
        .to.include('--install=nginx,libc++1')
        .and.not.to.include('--no-network');
    });

    it('are opened by software where db.yaml says that this host’s machines run so', async () => {
      await host.put('/etc/blockhost/db.yaml', 'hypervisor: {domain_type: other}\n');
      await ask(MKDIR);
      expect(await words()).to.include('LIBGUESTFS_BACKEND_SETTINGS=force_tcg');
    });

    it('get files of the host as copies under their own names', async () => {
      await writeFile(at(`${PACKAGES}/auth_1.2~rc1+b_amd64.deb`), 'package', { mode: 0o644 });
      await record(
        'for word; do case "$word" in --upload=*) cat "$(echo "$word" | sed "s/^--upload=//; s/:.*//")" >> "$5";; esac; done',
      );
      await ask([
        ['upload', `${PACKAGES}/auth_1.2~rc1+b_amd64.deb:/tmp/a.deb`],
        ['copy-in', `${PACKAGES}/auth_1.2~rc1+b_amd64.deb:/tmp`],
      ]);
      expect(await readFile(at(IMAGE), 'latin1')).to.match(/package$/);
      const copied = (await words()).filter((word) => /^--(upload|copy-in)=/.test(word));
      for (const word of copied)
        expect(word).to.contain(at(STAGING)).and.to.contain('/auth_1.2~rc1+b_amd64.deb:/tmp');
      expect(copied).to.have.lengthOf(2);
    });

    const behind = () => join(host.host.root, 'behind');
    for (const [what, spoil] of [
      [
        'are links',
        async () => {
          await rename(at(IMAGE), behind());
          await symlink(behind(), at(IMAGE));
        },
      ],
      [
        'lie in a folder that is a link',
        async () => {
          await rename(at('/var/lib/blockhost/templates'), behind());
          await symlink(behind(), at('/var/lib/blockhost/templates'));
        },
      ],
      ['have a second name', () => link(at(IMAGE), behind())],
      ['are no disk images', () => writeFile(at(IMAGE), 'root:x:0:0')],
      ['stand on a file of the host', () => writeFile(at(IMAGE), disk({ backing: '/etc/shadow' }))],
      ['keep their data in a file of the host', () => writeFile(at(IMAGE), disk({ dataFile: true }))],
      ['are published', () => chmod(at(IMAGE), 0o444)],
      [
        'are pipes',
        async () => {
          await rename(at(IMAGE), behind());
          await promisify(execFile)('mkfifo', [at(IMAGE)]);
        },
      ],
      ['are not there', () => rename(at(IMAGE), behind())],
    ] as const)
      it(`are refused when they ${what}`, async () => {
        await spoil();
        expect(await codeOf(ask(MKDIR))).to.equal('root-agent.denied');
        expect(await staged()).to.deep.equal([]);
        expect(await host.read('/words').catch(() => 'nothing ran')).to.equal('nothing ran');
      });

    it('are refused while a disk of a machine stands on them', async () => {
      await mkdir(at('/var/lib/blockhost/vms'));
      await writeFile(at('/var/lib/blockhost/vms/web-1.qcow2'), disk({ backing: at(IMAGE) }));
      const error = await refusal(ask(MKDIR));
      expect(error).to.have.property('code', 'root-agent.denied');
      expect(String(error)).to.contain('web-1.qcow2');
      await untouched();
    });

    it('are refused when a disk came to stand on them meanwhile, and stay as they were', async () => {
      const disks = at('/srv/disks');
      await mkdir(disks, { recursive: true });
      await host.put('/etc/blockhost/db.yaml', 'storage_path: /srv/disks\n');
      await writeFile(join(host.host.root, 'overlay'), disk({ backing: at(IMAGE) }));
      await record(`mv ${join(host.host.root, 'overlay')} ${disks}/web-1.qcow2`);
      expect(await codeOf(ask(MKDIR))).to.equal('root-agent.denied');
      await untouched();
    });

    it('are refused while a process has them open', async () => {
      const holder = host.spawn(['sh', '-c', `exec 7< ${at(IMAGE)}; echo holding >&2; sleep 60`]);
      await holder.line(/holding/);
      expect(await codeOf(ask(MKDIR))).to.equal('root-agent.denied');
      await untouched();
    });

    it('are not replaced when somebody else changed them meanwhile', async () => {
      await record(`printf other > ${at(IMAGE)}`);
      expect(await codeOf(ask(MKDIR))).to.equal('root-agent.denied');
      expect(await host.read(IMAGE)).to.equal('other');
      expect(await staged()).to.deep.equal([]);
    });

    for (const [what, spoil] of [
      ['a link', (file: string) => symlink('/etc/shadow', file)],
      [
        'a file with a second name',
        (file: string) =>
          link('/etc/hostname', file).catch(async () => {
            await writeFile(behind(), 'x');
            await link(behind(), file);
          }),
      ],
      ['a file that not everybody may read', (file: string) => writeFile(file, 'secret', { mode: 0o600 })],
      ['a folder', (file: string) => mkdir(file)],
      ['a file that is not there', async () => {}],
    ] as const)
      it(`do not get ${what} of the host`, async () => {
        await chown(host.paths.state, NOBODY, NOBODY);
        await spoil(at(`${PACKAGES}/x.deb`));
        expect(await codeOf(ask([['upload', `${PACKAGES}/x.deb:/tmp/x`]]))).to.equal('root-agent.denied');
        await untouched();
      });

    it('get what the service account has built and nobody else may read', async () => {
      await chown(host.paths.state, NOBODY, NOBODY);
      await mkdir(at('/var/lib/blockhost/template-build'));
      const built = '/var/lib/blockhost/template-build/agent.tar';
      await writeFile(at(built), 'built', { mode: 0o600 });
      await chown(at(built), NOBODY, NOBODY);
      await ask([['upload', `${built}:/tmp/agent.tar`]]);
      expect((await words()).at(6)).to.match(/^--upload=.*\/agent\.tar:\/tmp\/agent\.tar$/);
    });

    it('are taken up from another file system as well', async () => {
      await host.run('mount', '-t', 'tmpfs', 'none', at('/var/lib/blockhost/templates'));
      await host.run('cp', join(host.host.root, 'var/lib/blockhost/vms.json'), at(IMAGE)).catch(() => {});
      await writeFile(join(host.host.root, 'seed'), disk());
      await host.run('install', '-m', '640', join(host.host.root, 'seed'), at(IMAGE));
      await ask(MKDIR);
      expect(await host.run('tail', '-c', '7', at(IMAGE))).to.equal('changed');
      expect(await host.run('ls', '-A', at('/var/lib/blockhost/templates'))).to.equal('base.qcow2\n');
    });

    it('stay as they were when the program fails, which is told in its own words', async () => {
      await record(
        'echo "virt-customize: warning: odd" >&2; echo "virt-customize: error: no operating system was found" >&2; printf half >> "$5"; exit 1',
      );
      const error = await refusal(ask(MKDIR));
      expect(error).to.have.property('code', 'root-agent.failed');
      expect(String(error)).to.contain('no operating system was found');
      await untouched();
    });

    it('stay as they were when there is no room for a copy', async () => {
      await mkdir(at(STAGING), { recursive: true });
      await chmod(at('/var/lib/blockhost-root-agent'), 0o700);
      await chmod(at(STAGING), 0o700);
      await host.run('mount', '-t', 'tmpfs', '-o', 'size=64k,mode=700', 'none', at(STAGING));
      await writeFile(at(IMAGE), Buffer.concat([disk(), Buffer.alloc(1_000_000, 1)]));
      const error = await refusal(ask(MKDIR));
      expect(String(error)).to.contain('no room').and.to.contain('Make room');
      expect(await host.run('ls', '-A', at(STAGING))).to.equal('');
    });

    it('are worked on one call after the other', async () => {
      await record('printf begin >> "$5"; sleep 0.05; printf end >> "$5"');
      await Promise.all([ask(MKDIR), ask(MKDIR), ask(MKDIR)]);
      expect(await readFile(at(IMAGE), 'latin1')).to.match(/(beginend){3}$/);
    });

    for (const step of ['stage', 'customize', 'publish'])
      for (const place of ['before', 'after'])
        it(`are old or new after a kill ${place} the step ${step}, and nothing else is left`, async () => {
          agent.kill('SIGTERM');
          await agent.ended;
          agent = await host.start({ BLOCKHOST_FAILPOINT: `virt-customize.${step}:${place}` });
          expect(await codeOf(ask(MKDIR))).to.equal('root-agent.unanswered');
          await agent.ended;
          const isNew = step === 'publish' && place === 'after';
          expect(await readFile(at(IMAGE), 'latin1')).to.match(isNew ? /changed$/ : /\0$/);
          await host.start();
          expect(await staged()).to.deep.equal([]);
          expect(await readdir(at('/var/lib/blockhost/templates'))).to.deep.equal(['base.qcow2']);
          await ask(MKDIR);
          expect(await readFile(at(IMAGE), 'latin1')).to.match(isNew ? /changedchanged$/ : /\0changed$/);
        });
  });
});
