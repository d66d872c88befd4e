import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { boot, type Kernel, PRIVILEGED_ACTIONS, PROVISIONER, type Run, withRun } from '@blockhost/kernel';
import { expectRefusal, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';

const run = promisify(execFile);

describe('the base image', function () {
  this.timeout(60_000);
  let host: LibvirtHost;
  let kernel: Kernel;
  let staging: string;
  let templates: string;

  before(async () => {
    host = await LibvirtHost.create();
    kernel = await boot({ process: 'test', paths: host.host.paths });
    staging = host.host.paths.resolve('/var/lib/blockhost/template-build');
    templates = host.host.paths.resolve('/var/lib/blockhost/templates');
  });
  beforeEach(() => mkdir(staging, { recursive: true }));
  afterEach(() => rm(staging, { recursive: true, force: true }));
  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  const digest = async (path: string, algorithm = 'sha256') =>
    createHash(algorithm)
      .update(await readFile(path))
      .digest('hex');
  const makeDisk = (path: string, ...args: string[]) =>
    run('qemu-img', ['create', '-q', '-f', 'qcow2', ...args, path, '8M']);
  const publish = async (disk: string) =>
    (await kernel.get(PRIVILEGED_ACTIONS)).call('template-publish', { fingerprint: 'f'.repeat(64), disk });
  const build = async () => {
    const provisioner = await kernel.get(PROVISIONER);
    return withRun({ name: 'build-template', log: new RecordingLogger() }, async (r: Run) =>
      provisioner.buildTemplate?.({ force: false }, r),
    );
  };

  it('is taken over under a name of its contents, once', async () => {
    const disk = join(staging, 'disk.qcow2');
    await makeDisk(disk);
    const first = await publish(await digest(disk));
    expect(first.name).to.match(/^blockhost-base-[0-9a-f]{12}$/);
    expect(await publish(await digest(disk))).to.deep.equal(first);
    expect((await readdir(templates)).filter((name) => name.startsWith('blockhost-base-'))).to.deep.equal([
      `${first.name}.qcow2`,
    ]);
  });

  it('is no file that a link leads to, that names another file, or that is not what was told', async () => {
    const before = await readFile(join(templates, 'blockhost-base.json'), 'utf8');
    const disk = join(staging, 'disk.qcow2');
    const secret = join(host.host.root, 'secret');
    await writeFile(secret, 'of the host');
    await symlink(secret, disk);
    await expectRefusal(publish(await digest(secret)), 'root-agent.denied');
    await rm(disk);
    await makeDisk(disk, '-b', secret, '-F', 'raw');
    await expectRefusal(publish(await digest(disk)), 'root-agent.denied');
    await makeDisk(disk);
    await expectRefusal(publish('0'.repeat(64)), 'root-agent.denied');
    expect(await readFile(join(templates, 'blockhost-base.json'), 'utf8')).to.equal(before);
  });

  it('is built from the image that is configured, if that is the one whose checksum was told', async () => {
    const image = join(host.host.root, 'cloud.qcow2');
    await makeDisk(image);
    const file = join(host.host.paths.config, 'db.yaml');
    const db = JSON.parse(await readFile(file, 'utf8'));
    const configure = (sha512: string) =>
      writeFile(
        file,
        JSON.stringify({ ...db, libvirt: { template: { kind: 'image', source: image, sha512 } } }),
      );
    await configure('0'.repeat(128));
    await expectRefusal(build(), 'provisioner.template-failed');
    await configure(await digest(image, 'sha512'));
    expect(await build()).to.include({ built: true });
    expect(await build()).to.include({ built: false });
  });
});
