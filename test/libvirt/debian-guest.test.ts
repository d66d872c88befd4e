import { createHash } from 'node:crypto';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boot,
  type CreatedVm,
  type Kernel,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  withRun,
} from '@blockhost/kernel';
import { aVmSpec, expectRefusal, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { ArchiveProxy } from './archive-proxy.js';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

const OWN = `${NETWORK}.9`;
const OWN_V6 = '2001:db8:77::9';

/** Installing and booting Debian takes minutes without the help of the processor: nightly runs do. */
const when = process.env.BLOCKHOST_NIGHTLY === '1' ? describe : undefined;

when?.('a Debian guest', function () {
  this.timeout(1_200_000);
  let host: LibvirtHost;
  let proxy: ArchiveProxy;
  let kernel: Kernel;
  let provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  let vm: CreatedVm;
  const said: string[] = [];

  const run = <T>(name: string, act: (run: Run) => Promise<T>) =>
    withRun({ name, log: new RecordingLogger(), onProgress: (line) => said.push(line) }, act);
  const build = () => run('build-template', async (r) => provisioner.buildTemplate?.({ force: false }, r));
  const configure = async (template: object) => {
    const file = join(host.host.paths.config, 'db.yaml');
    const db = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...db, libvirt: { domain_type: 'qemu', template } }));
  };
  const templates = () => host.host.paths.resolve('/var/lib/blockhost/templates');
  const inGuest = async (command: string) => {
    const result = await provisioner.guestExec?.(vm, command, { timeoutMs: 120_000 });
    return `${result?.stdout}${result?.stderr}`.trim();
  };

  before(async () => {
    host = await LibvirtHost.create();
    await configure({ kind: 'debian' });
    kernel = await boot({ process: 'test', paths: host.host.paths });
    provisioner = await kernel.get(PROVISIONER);
  });
  after(async () => {
    await kernel?.stop();
    await host?.remove();
    await proxy?.stop();
  });

  it('is made of packages, once', async () => {
    proxy = await ArchiveProxy.start(host);
    const first = await build();
    expect(first).to.include({ built: true });
    expect(said.join('\n')).to.include('nobody can log in to VMs of this base image by wallet');
    expect(await build()).to.deep.equal({ ...first, built: false });
    const files = await readdir(templates());
    expect(
      files.filter((name) => !/^blockhost-base(-[0-9a-f]{12})?\.(qcow2|json)$/.test(name)),
    ).to.deep.equal([]);
  });

  it('is taken over as an image as well, if it is the one whose checksum was told', async () => {
    const source = join(host.host.root, 'debian.qcow2');
    await copyFile(join(templates(), 'blockhost-base.qcow2'), source);
    await configure({ kind: 'image', source, sha512: '0'.repeat(128) });
    await expectRefusal(build(), 'provisioner.template-failed');
    const sha512 = createHash('sha512')
      .update(await readFile(source))
      .digest('hex');
    await configure({ kind: 'image', source, sha512 });
    expect(await build()).to.include({ built: true });
  });

  it('boots, and is what its seed tells', async () => {
    const addresses = { ipv4: OWN, ipv6: OWN_V6 };
    const spec = aVmSpec({ name: 'debian', cpu: 2, memoryMb: 768, diskGb: 3, tokenId: '7', addresses });
    vm = await run('create', (r) => provisioner.create(spec, r));
    expect(await inGuest('getent passwd admin')).to.equal(
      `admin:x:1000:1000:wallet=${spec.ownerWallet},nft=7:/home/admin:/bin/bash`,
    );
    expect(await inGuest('passwd -S admin | cut -d" " -f2; getent passwd debian')).to.equal('L');
    expect(await inGuest('su admin -c "sudo -n id -u"')).to.equal('0');
    expect(await inGuest('hostname')).to.equal('debian');
    expect(await inGuest('ip -br address | grep -v ^lo'))
      .to.include(`${OWN}/24`)
      .and.include(`${OWN_V6}/128`);
    expect(await inGuest('ip route show default')).to.include(`via ${NETWORK}.1`);
    expect(await inGuest('ip -6 route show default')).to.include('via 2001:db8:77::1');
    expect(Number(await inGuest('df --output=size -BM / | tail -n 1 | tr -d " M"'))).to.be.greaterThan(2_500);
    expect(await inGuest('cat /run/blockhost/sshd-refused; sshd -T')).to.match(
      /^authenticationmethods keyboard-interactive$/m,
    );
    expect(await inGuest('systemctl --failed --no-legend')).to.equal('');
  });

  it('asks whoever comes by SSH, and lets nobody in without the packages of the login', async () => {
    const dial = 'exec 3<> /dev/tcp/$0/22 && head -n 1 <&3';
    for (const address of [OWN, OWN_V6])
      expect(await host.libvirt.run('timeout', '60', 'bash', '-c', dial, address)).to.match(
        /^SSH-2\.0-OpenSSH/,
      );
  });

  it('starts again without its seed as the same', async () => {
    const identity =
      'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub; getent passwd admin; ip -br address';
    const before = await inGuest(identity);
    await run('stop', (r) => provisioner.stop(vm, { timeoutMs: 120_000 }, r));
    const files = await readdir(host.host.paths.resolve('/var/lib/blockhost/vms'));
    expect(files).to.deep.equal(['debian.qcow2']);
    await run('start', (r) => provisioner.start(vm, r));
    expect(await inGuest(identity)).to.equal(before);
    expect(await inGuest('cloud-init status')).to.equal('status: disabled');
  });
});
