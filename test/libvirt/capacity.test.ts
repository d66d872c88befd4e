import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boot, type Kernel, PROVISIONER, type Provisioner, type VmSpec, withRun } from '@blockhost/kernel';
import { aVmSpec, expectRefusal, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

const TOO_MUCH = 1_048_576;

describe('a host that cannot carry another VM', function () {
  this.timeout(120_000);
  let host: LibvirtHost;
  let kernel: Kernel;
  let provisioner: Provisioner;
  let good: VmSpec;

  const create = (part: Partial<VmSpec> = {}) =>
    withRun({ name: 'create', log: new RecordingLogger() }, (run) =>
      provisioner.create({ ...good, ...part }, run),
    );
  const at = (path: string) => host.host.paths.resolve(`/var/lib/blockhost/${path}`);
  const files = async (folder: string) => readdir(at(folder)).catch(() => []);
  const ip = (...args: string[]) => host.libvirt.run('ip', ...args);
  const settings = () => join(host.host.paths.config, 'db.yaml');

  /** Writes `libvirt` of db.yaml; answers what writes it back. */
  async function configure(part: object): Promise<() => Promise<void>> {
    const before = await readFile(settings(), 'utf8');
    const db = JSON.parse(before);
    await writeFile(settings(), JSON.stringify({ ...db, libvirt: { ...db.libvirt, ...part } }));
    return () => writeFile(settings(), before);
  }

  before(async () => {
    host = await LibvirtHost.create();
    // A base image of 2 GiB without a system: nothing here is ever booted.
    const image = join(host.host.root, 'image.qcow2');
    await host.libvirt.run('qemu-img', 'create', '-q', '-f', 'qcow2', image, '2G');
    const sum = (await host.libvirt.run('sha512sum', image)).split(' ')[0];
    await configure({ template: { kind: 'image', source: image, sha512: sum } });
    kernel = await boot({ process: 'test', paths: host.host.paths });
    const full = await kernel.get(PROVISIONER);
    provisioner = full;
    await withRun({ name: 'build-template', log: new RecordingLogger() }, async (run) =>
      full.buildTemplate?.({ force: false }, run),
    );
    good = aVmSpec({ memoryMb: 256, diskGb: 2, addresses: { ipv4: `${NETWORK}.9`, ipv6: null } });
  });
  afterEach('nothing is left behind', async () => {
    expect(await provisioner.list()).to.deep.equal({ kind: 'present', value: [] });
    expect((await host.virsh('list', '--all', '--name')).trim()).to.equal('');
    expect(await files('vms')).to.deep.equal([]);
    expect((await files('libvirt')).filter((file) => file.endsWith('.json'))).to.deep.equal([]);
  });
  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  it('refuses by name for want of memory, with the figures', async () => {
    const error = await expectRefusal(create({ memoryMb: TOO_MUCH }), 'provisioner.no-memory');
    expect(error.facts).to.include({ wantedMb: TOO_MUCH, committedMb: 0 });
    expect(error.remedy).to.be.a('string').that.is.not.empty;
  });

  it('refuses by name for want of space, also of a small disk where the pool is full', async () => {
    await expectRefusal(create({ diskGb: TOO_MUCH }), 'provisioner.no-space');
    await host.libvirt.run('mkdir', '-p', '-m', '0711', at('vms'));
    await host.libvirt.run('mount', '-t', 'tmpfs', '-o', 'size=4m,mode=0711', 'none', at('vms'));
    await expectRefusal(create(), 'provisioner.no-space');
    await host.libvirt.run('umount', at('vms'));
  });

  it('refuses a disk smaller than the base image', async () => {
    await expectRefusal(create({ diskGb: 1 }), 'provisioner.invalid-spec');
  });

  it('refuses by name without the bridge of VMs', async () => {
    await ip('link', 'set', 'br0', 'down');
    await ip('link', 'set', 'br0', 'name', 'br9');
    const error = await expectRefusal(create(), 'provisioner.no-bridge');
    expect(error.facts).to.deep.equal({ bridge: 'br0' });
    await ip('link', 'set', 'br9', 'name', 'br0');
    await ip('link', 'set', 'br0', 'up');
  });

  it('refuses by name without virtualization, unless emulation is told', async () => {
    const restore = await configure({ domain_type: 'kvm' });
    await host.libvirt.run('touch', '/run/no-device');
    // No device of the host is touched: the mounts are libvirt's own.
    await host.libvirt.run('sh', '-c', '[ -e /dev/kvm ] || exit 0; mount --bind /run/no-device /dev/kvm');
    await expectRefusal(create(), 'provisioner.no-virtualization');
    await restore();
  });

  it('says what is wrong with the settings, and does not call it silence', async () => {
    const before = await readFile(settings(), 'utf8');
    await writeFile(settings(), JSON.stringify({ ...JSON.parse(before), bridge: 'no bridge' }));
    const error = await expectRefusal(create(), 'provisioner.hypervisor-failed');
    expect(error.sentence).to.include('"bridge" in db.yaml');
    await writeFile(settings(), before);
  });

  it('refuses a factor of space that is none', async () => {
    const restore = await configure({ overcommit_factor: -1 });
    await expectRefusal(create(), 'provisioner.invalid-config');
    await restore();
  });

  it('refuses while there is no base image', async () => {
    await host.libvirt.run('mv', at('templates/blockhost-base.json'), at('templates/away.json'));
    await expectRefusal(create(), 'provisioner.no-template');
    await host.libvirt.run('mv', at('templates/away.json'), at('templates/blockhost-base.json'));
  });
});
