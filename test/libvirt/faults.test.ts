import { access, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boot,
  type CreatedVm,
  type Kernel,
  PRIVILEGED_ACTIONS,
  PROVISIONER,
  type PrivilegedActions,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  type VmSpec,
  withRun,
} from '@blockhost/kernel';
import { aVmSpec, expectRefusal, observedRun, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

const UNREACHABLE = 'provisioner.unreachable';

describe('libvirt that answers badly', function () {
  this.timeout(240_000);
  let host: LibvirtHost;
  let kernel: Kernel;
  let provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  let agent: PrivilegedActions;
  let spec: VmSpec;
  let vm: CreatedVm;

  const run = <T>(name: string, act: (run: Run) => Promise<T>) =>
    withRun({ name, log: new RecordingLogger() }, act);
  const destroy = () => run('destroy', (r) => provisioner.destroy(vm, r));

  before(async () => {
    host = await LibvirtHost.create();
    kernel = await boot({ process: 'test', paths: host.host.paths });
    provisioner = await kernel.get(PROVISIONER);
    agent = await kernel.get(PRIVILEGED_ACTIONS);
    await run('template', async (r) => provisioner.buildTemplate?.({ force: false }, r));
    spec = aVmSpec({ memoryMb: 256, diskGb: 1, addresses: { ipv4: `${NETWORK}.9`, ipv6: null } });
    vm = await run('create', (r) => provisioner.create(spec, r));
  });

  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  it('is unknown, and nothing is destroyed, while it takes calls and does not answer', async () => {
    const thaw = await host.libvirt.freezeLibvirt();
    try {
      const another = { ...spec, name: 'another' };
      const [status, listed] = await Promise.all([
        provisioner.status(vm),
        provisioner.list(),
        expectRefusal(destroy(), UNREACHABLE),
        expectRefusal(
          run('start', (r) => provisioner.start(vm, r)),
          UNREACHABLE,
        ),
        expectRefusal(
          run('kill', (r) => provisioner.kill(vm, r)),
          UNREACHABLE,
        ),
        expectRefusal(
          run('create', (r) => provisioner.create(another, r)),
          UNREACHABLE,
        ),
      ]);
      expect([status.kind, listed.kind]).to.deep.equal(['unknown', 'unknown']);
    } finally {
      await thaw();
    }
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
  });

  it('is unknown, and neither destroyed nor made twice, when it has forgotten a VM that runs', async () => {
    const remember = await host.libvirt.forgetDomains();
    try {
      expect((await host.virsh('list', '--all', '--name')).trim()).to.equal('');
      expect((await provisioner.status(vm)).kind).to.equal('unknown');
      expect((await provisioner.list()).kind).to.equal('unknown');
      expect(await run('create', (r) => provisioner.create(spec, r))).to.deep.equal(vm);
      expect((await host.virsh('list', '--all', '--name')).trim()).to.equal('');
      await expectRefusal(destroy(), 'provisioner.hypervisor-failed');
      await access(host.host.paths.resolve(`/var/lib/blockhost/vms/${vm.name}.qcow2`));
    } finally {
      await remember();
    }
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
  });

  it('is unknown, and not destroyed, when our own definition of a VM that runs is lost', async () => {
    const file = host.host.paths.resolve(`/var/lib/blockhost/libvirt/${vm.name}.json`);
    await rename(file, `${file}.lost`);
    try {
      expect((await provisioner.status(vm)).kind).to.equal('unknown');
      expect((await provisioner.status({ name: vm.name, backendRef: null })).kind).to.equal('unknown');
      await expectRefusal(destroy(), 'provisioner.unknown-state');
      await expectRefusal(
        run('create', (r) => provisioner.create(spec, r)),
        'provisioner.unknown-state',
      );
    } finally {
      await rename(`${file}.lost`, file);
    }
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
  });

  it('leaves a VM alone that BlockHost did not make, whoever asks', async () => {
    const uuid = '11111111-2222-4333-8444-555555555555';
    await host.define(`<domain type='qemu'><name>stranger</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory>
      <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`);
    for (const action of ['virsh-start', 'virsh-shutdown', 'virsh-destroy', 'virsh-undefine'])
      await expectRefusal(agent.call(action, { name: 'stranger', uuid }), 'root-agent.denied');
    await expectRefusal(agent.call('virsh-start', { name: 'other', uuid }), 'root-agent.denied');
    expect(await host.virsh('domstate', uuid)).to.match(/shut off/);
    expect(await provisioner.list()).to.deep.equal({
      kind: 'present',
      value: [{ name: vm.name, backendRef: vm.backendRef, power: 'running' }],
    });
    await host.virsh('undefine', uuid);
  });

  it('is given no file by a link, and no folder that somebody else may write', async () => {
    const vms = host.host.paths.resolve('/var/lib/blockhost/vms');
    const elsewhere = join(host.host.root, 'elsewhere');
    const order = { name: vm.name, uuid: vm.backendRef };
    await run('kill', (r) => provisioner.kill(vm, r));
    const disk = join(vms, `${vm.name}.qcow2`);
    await rename(disk, elsewhere);
    await symlink(elsewhere, disk);
    await expectRefusal(agent.call('virsh-start', order), 'root-agent.denied');
    await rm(disk);
    await rename(elsewhere, disk);
    await rename(vms, elsewhere);
    await symlink(elsewhere, vms);
    await expectRefusal(agent.call('virsh-start', order), 'root-agent.denied');
    await rm(vms);
    await rename(elsewhere, vms);
    await run('start', (r) => provisioner.start(vm, r));
  });

  it('is given no order whose texts could become anything else', async () => {
    const good = {
      name: 'vm-x',
      uuid: crypto.randomUUID(),
      operationId: 'op',
      template: 'blockhost-base-000000000000',
      cpu: 1,
      memoryMb: 256,
      diskGb: 1,
      mac: '52:54:00:00:00:01',
      ipv4: null,
      ipv6: null,
    };
    const seed = { userData: 'x', metaData: 'x', networkConfig: 'x' };
    const wrong = [
      { name: '../../etc/passwd' },
      { name: "x'/><disk/>" },
      { uuid: '-rf' },
      { operationId: '<qemu:commandline>' },
      { template: '../blockhost-base' },
      { cpu: true },
      { memoryMb: 1e9 },
      { diskGb: '1G' },
      { mac: '52:54:00:00:00:01,x' },
      { bridge: 'eth0' },
      { ipv4: "10.0.0.1'/>" },
      { ipv6: 7 },
    ];
    for (const part of wrong)
      await expectRefusal(
        agent.call('virsh-define', { spec: { ...good, ...part }, seed }),
        'root-agent.invalid-params',
      );
    await expectRefusal(agent.call('virsh-define', { spec: good, seed }), 'root-agent.denied');
    expect((await host.virsh('list', '--all', '--name')).trim()).to.equal(vm.name);
  });

  for (const [made, removed] of [
    ['claim', 'mark'],
    ['define', 'power-off'],
    ['boot', 'undefine'],
  ] as const)
    it(`makes one VM and removes it when it dies after ${made} of create and ${removed} of destroy, and comes back`, async () => {
      const addresses = { ipv4: `${NETWORK}.10`, ipv6: '2001:db8:77::10' };
      const order = aVmSpec({ memoryMb: 256, diskGb: 1, addresses });
      const ref = { name: order.name, backendRef: null };
      const disks = host.host.paths.resolve('/var/lib/blockhost/vms');
      const before = await readdir(disks);
      const dyingAfter = async (step: string, verb: string, act: (r: Run) => Promise<unknown>) => {
        let back: Promise<void> | undefined;
        const options = { name: verb, log: new RecordingLogger() };
        await observedRun(options, act, (done) => {
          if (done === step) back = host.libvirt.crashLibvirt();
        });
        expect(back, `${verb} has no step ${step}`).to.not.equal(undefined);
        await back;
      };
      await dyingAfter(made, 'create', (r) => provisioner.create(order, r));
      const created = await run('create', (r) => provisioner.create(order, r));
      const domains = (await host.virsh('list', '--all', '--name')).split('\n').filter(Boolean);
      expect(domains.sort()).to.deep.equal([vm.name, order.name].sort());
      expect(await provisioner.status(ref)).to.deep.equal({ kind: 'present', value: 'running' });
      expect(await provisioner.status(created)).to.deep.equal({ kind: 'present', value: 'running' });
      await dyingAfter(removed, 'destroy', (r) => provisioner.destroy(created, r));
      await run('destroy', (r) => provisioner.destroy(created, r));
      expect((await host.virsh('list', '--all', '--name')).trim()).to.equal(vm.name);
      expect(await readdir(disks)).to.have.members(before);
      expect(await host.libvirt.run('ip', '-6', 'route')).to.not.include(`${addresses.ipv6} `);
    });

  it('destroys in the end what it was told to destroy', async () => {
    await destroy();
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'absent' });
    expect(await provisioner.list()).to.deep.equal({ kind: 'present', value: [] });
  });
});
