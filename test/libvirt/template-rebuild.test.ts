import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  boot,
  type CreatedVm,
  type Kernel,
  PRIVILEGED_ACTIONS,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  withRun,
} from '@blockhost/kernel';
import { aVmSpec, expectRefusal, observedRun, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

const execute = promisify(execFile);
const child = join(import.meta.dirname, 'build-template-child.js');

describe('a base image that is built anew', function () {
  this.timeout(240_000);
  let host: LibvirtHost;
  let kernel: Kernel;
  let provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  let vm: CreatedVm;
  /** What the VM stands on. */
  let base: string;
  let images = 0;

  const log = new RecordingLogger();
  const run = <T>(name: string, act: (run: Run) => Promise<T>) => withRun({ name, log }, act);
  const build = (force: boolean) =>
    run('build-template', async (r) => provisioner.buildTemplate?.({ force }, r));
  const at = (path: string) => host.host.paths.resolve(`/var/lib/blockhost/${path}`);
  const sha256 = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  /** Names of the base images, whole or not. */
  const bases = async () => {
    const files = await readdir(at('templates'));
    return [...new Set(files.flatMap((file) => /^(blockhost-base-\w+)\./.exec(file)?.[1] ?? []))].sort();
  };
  const current = async (): Promise<string> =>
    JSON.parse(await readFile(at('templates/blockhost-base.json'), 'utf8')).name;
  const backing = async (): Promise<string> => {
    const { stdout } = await execute('qemu-img', ['info', '-U', '--output=json', at(`vms/${vm.name}.qcow2`)]);
    return JSON.parse(stdout)['full-backing-filename'];
  };
  const inGuest = async (command: string) =>
    (await provisioner.guestExec?.(vm, command, { timeoutMs: 60_000 }))?.stdout.trim();

  before(async () => {
    host = await LibvirtHost.create();
    kernel = await boot({ process: 'test', paths: host.host.paths });
    provisioner = await kernel.get(PROVISIONER);
    await build(false);
    base = await current();
    const spec = aVmSpec({ memoryMb: 256, diskGb: 1, addresses: { ipv4: `${NETWORK}.9`, ipv6: null } });
    vm = await run('create', (r) => provisioner.create(spec, r));
  });

  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  /** From now on the base image is made of a small disk without a system, another one each time: it is never booted. */
  async function useAnotherImage(): Promise<void> {
    images += 1;
    const image = join(host.host.root, 'cloud.qcow2');
    await execute('qemu-img', ['create', '-q', '-f', 'qcow2', image, `${images}M`]);
    const sha512 = createHash('sha512')
      .update(await readFile(image))
      .digest('hex');
    const file = join(host.host.paths.config, 'db.yaml');
    const db = JSON.parse(await readFile(file, 'utf8'));
    const libvirt = { ...db.libvirt, template: { kind: 'image', source: image, sha512 } };
    await writeFile(file, JSON.stringify({ ...db, libvirt }));
  }

  it('twice leaves a VM its disk: what its owner wrote is there after a restart, on the same unchanged base', async () => {
    const written = await inGuest('echo mine > /root/kept && sync && sha256sum /root/kept /bin/busybox');
    const [disk, before] = [await backing(), await sha256(at(`templates/${base}.qcow2`))];
    expect(disk).to.equal(at(`templates/${base}.qcow2`));
    await build(true);
    const between = await current();
    await build(true);
    expect(new Set([base, between, await current()]).size).to.equal(3);
    expect(await bases(), 'the one in between has nobody').to.deep.equal([base, await current()].sort());
    await run('kill', (r) => provisioner.kill(vm, r));
    await run('start', (r) => provisioner.start(vm, r));
    expect(await inGuest('sha256sum /root/kept /bin/busybox')).to.equal(written);
    expect(await backing()).to.equal(disk);
    expect(await sha256(disk)).to.equal(before);
  });

  it('leaves nothing behind when it is killed before or after any of its steps, and is built the next time', async () => {
    await useAnotherImage();
    const { finished } = await observedRun({ name: 'build-template', log }, async (r) =>
      provisioner.buildTemplate?.({ force: true }, r),
    );
    expect(finished).to.not.be.empty;
    for (const failpoint of finished.flatMap((step) => [`${step}:before`, `${step}:after`])) {
      await useAnotherImage();
      const env = { ...process.env, BLOCKHOST_FAILPOINT: `build-template.${failpoint}` };
      const killed = await execute(process.execPath, [child, host.host.paths.root], { env }).then(
        () => null,
        ({ signal }: { signal: NodeJS.Signals }) => signal,
      );
      expect(killed, failpoint).to.equal('SIGKILL');
      // Whole, whichever it is: a VM could be made of it now.
      await execute('qemu-img', ['check', '-q', at(`templates/${await current()}.qcow2`)]);
      await useAnotherImage();
      expect(await build(false), failpoint).to.include({ built: true });
      expect(await bases(), failpoint).to.deep.equal([base, await current()].sort());
      const others = (await readdir(at('templates'))).filter((file) => !file.startsWith('blockhost-base'));
      expect(others, failpoint).to.deep.equal([]);
      expect(await readdir(at('.')), failpoint).to.not.include('template-build');
    }
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
    expect(await backing()).to.equal(at(`templates/${base}.qcow2`));
  });

  it('keeps every base while anything that may stand on one is not known', async () => {
    const agent = await kernel.get(PRIVILEGED_ACTIONS);
    const prune = (vms: readonly string[]) => agent.call('template-prune', { execute: true, vms });
    await useAnotherImage();
    const start = await host.libvirt.stopLibvirt();
    await build(false).finally(start);
    const all = await bases();
    expect(all, 'the last one as well').to.have.lengthOf(3);
    await expectRefusal(prune([vm.name, 'a-vm-on-a-disk-that-is-not-mounted']), 'root-agent.failed');
    const stray = at('vms/stray.qcow2');
    await writeFile(stray, 'QFI\xfb but no image');
    await execute('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-u',
      '-b',
      '/nowhere',
      '-F',
      'raw',
      stray,
      '1M',
    ]);
    await expectRefusal(prune([vm.name]), 'root-agent.failed');
    await execute('rm', [stray]);
    expect(await bases()).to.deep.equal(all);
    const unused = all.filter((name) => name !== base);
    unused.splice(unused.indexOf(await current()), 1);
    expect(await agent.call('template-prune', { execute: false, vms: [vm.name] })).to.deep.equal({ unused });
    expect(await bases()).to.deep.equal(all);
  });

  it('keeps the base of a VM that libvirt has forgotten', async () => {
    const remember = await host.libvirt.forgetDomains();
    try {
      await build(false);
      expect(await bases()).to.include(base);
    } finally {
      await remember();
    }
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
  });

  it('loses its base when its last VM is gone, and the rest of it when the root agent died halfway', async () => {
    await run('destroy', (r) => provisioner.destroy(vm, r));
    await host.libvirt.killAgents();
    await host.libvirt.startAgent(host.host.root, 'template-prune.remove:after');
    await build(false);
    expect(await bases(), 'a part of it').to.include(base);
    await host.libvirt.startAgent(host.host.root);
    await build(false);
    expect(await bases()).to.deep.equal([await current()]);
  });
});
