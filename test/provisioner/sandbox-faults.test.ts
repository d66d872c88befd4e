import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CreatedVm,
  createHostConfig,
  type GuestExec,
  type Provisioner,
  type UpdateGecos,
  type VmSpec,
  withRun,
} from '@blockhost/kernel';
import { expectRefusal, type ProvisionerSubject, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';

const dist = join(import.meta.dirname, '../../../plugins/provisioner-sandbox/dist');
const { default: conformance } = await import(join(dist, 'conformance.js'));
const log = new RecordingLogger();
const LIMIT = { timeoutMs: 10_000 };

interface Subject extends ProvisionerSubject {
  readonly provisioner: Provisioner & GuestExec & UpdateGecos;
  readonly otherProcess: { readonly module: string; readonly argument: string };
}

describe('provisioner-sandbox when things go wrong', function () {
  this.timeout(30_000);
  let subject: Subject;
  let sandbox: Subject['provisioner'];
  let vm: CreatedVm;
  let spec: VmSpec;
  let folder: string;

  beforeEach(async () => {
    subject = await conformance.setup();
    sandbox = subject.provisioner;
    spec = subject.spec();
    vm = await create(spec);
    folder = join(subject.otherProcess.argument, 'var/lib/blockhost/sandbox/vms', vm.name);
  });
  afterEach(() => conformance.teardown(subject));

  const create = (order: VmSpec) => withRun({ name: 'create', log }, (run) => sandbox.create(order, run));
  const start = () => withRun({ name: 'start', log }, (run) => sandbox.start(vm, run));
  const kill = () => withRun({ name: 'kill', log }, (run) => sandbox.kill(vm, run));
  const destroy = () => withRun({ name: 'destroy', log }, (run) => sandbox.destroy(vm, run));
  const sh = async (command: string) => (await sandbox.guestExec(vm, command, LIMIT)).stdout.trim();

  it('starts a guest that crashed again, as the same VM', async () => {
    // The shell's parent is the guest.
    const guest = Number(await sh('echo $PPID'));
    process.kill(guest, 'SIGKILL');
    let after = guest;
    while (after === guest) after = Number(await sh('echo $PPID').catch(() => String(guest)));
    expect(await sandbox.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
    expect(await readFile(join(folder, 'console.log'), 'utf8')).to.include('the guest ended with SIGKILL');
  });

  it('knows a VM for stopped when its pid belongs to another process now', async () => {
    await kill();
    const file = join(folder, 'supervisor.json');
    const recorded = JSON.parse(await readFile(file, 'utf8'));
    // This very test process stands for whoever got the number.
    await writeFile(file, JSON.stringify({ ...recorded, pid: process.pid }));
    expect(await sandbox.status(vm)).to.deep.equal({ kind: 'present', value: 'stopped' });
    await start();
    expect(await sh('echo up')).to.equal('up');
  });

  it('knows a VM for stopped after the machine was restarted', async () => {
    const file = join(folder, 'supervisor.json');
    const recorded = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...recorded, bootId: 'the boot before' }));
    expect(await sandbox.status(vm)).to.deep.equal({ kind: 'present', value: 'stopped' });
  });

  it('never runs a VM twice, even when the record of its supervisor is lost', async () => {
    const guest = Number(await sh('echo $PPID'));
    await rm(join(folder, 'supervisor.json'));
    await start();
    expect(Number(await sh('echo $PPID'))).to.not.equal(guest);
    expect(await lives(guest)).to.equal(false);
  });

  it('ends what a guest left in the background when it is killed and when it shuts down', async () => {
    const leave = 'setsid sleep 600 >/dev/null 2>&1 & echo $!';
    const first = Number(await sh(leave));
    await kill();
    expect(await lives(first)).to.equal(false);
    await start();
    const second = Number(await sh(leave));
    await withRun({ name: 'stop', log }, (run) => sandbox.stop(vm, LIMIT, run));
    expect(await lives(second)).to.equal(false);
  });

  it('ends a VM whose folder was thrown away', async () => {
    const [guest, supervisor] = (await sh('echo $PPID; ps -o ppid= -p $PPID')).split('\n').map(Number);
    await rm(folder, { recursive: true });
    while ((await lives(guest ?? 0)) || (await lives(supervisor ?? 0))) await delay(20);
    expect(await sandbox.status(vm)).to.deep.equal({ kind: 'absent' });
  });

  it('answers unknown for a VM whose definition is damaged or gone, and destroys nothing', async () => {
    const file = join(folder, 'vm.json');
    const good = await readFile(file);
    await writeFile(file, '{"schema":1');
    expect((await sandbox.status(vm)).kind).to.equal('unknown');
    await rm(file);
    expect((await sandbox.status(vm)).kind).to.equal('unknown');
    expect((await sandbox.list()).kind).to.equal('unknown');
    await expectRefusal(destroy(), 'provisioner.unknown-state');
    await expectRefusal(create(spec), 'provisioner.unknown-state');
    await writeFile(file, good);
    expect(await sandbox.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
  });

  it('refuses an address that something else listens on, and names it', async () => {
    const order = subject.spec();
    const host = order.addresses?.ipv4 ?? '';
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ host, port: vm.loginPort }, resolve));
    try {
      const error = await expectRefusal(create(order), 'provisioner.address-unusable');
      expect(error.facts).to.deep.equal({ ipv4: host, port: vm.loginPort });
      expect(await sandbox.status({ name: order.name, backendRef: null })).to.deep.equal({ kind: 'absent' });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('says where it cannot make the files of a VM, and serves the order once it can', async () => {
    const rootfs = join(folder, '../../template/rootfs');
    const order = subject.spec();
    await rename(rootfs, `${rootfs}.away`);
    const error = await expectRefusal(create(order), 'provisioner.storage-failed');
    expect(error.sentence).to.include(order.name);
    expect(await subject.leftovers?.()).to.deep.equal([]);
    await rename(`${rootfs}.away`, rootfs);
    expect((await create(order)).name).to.equal(order.name);
  });

  it('writes who may log in into the guest, and refuses a user that is not there', async () => {
    const entry = () => sh('grep ^admin: etc/passwd');
    expect(await entry()).to.equal(`admin:x:1000:1000:wallet=${spec.ownerWallet}:/home/admin:/bin/sh`);
    await sandbox.updateGecos(vm, { wallet: '0xdef', tokenId: '42', username: 'admin' });
    expect(await entry()).to.equal('admin:x:1000:1000:wallet=0xdef,nft=42:/home/admin:/bin/sh');
    await expectRefusal(
      sandbox.updateGecos(vm, { wallet: '0xdef', tokenId: '42', username: 'nobody' }),
      'provisioner.gecos-not-set',
    );
  });

  it("gives a guest nothing of the host's environment", async () => {
    process.env.BLOCKHOST_TEST_SECRET = 'hush';
    try {
      await kill();
      await start();
      expect(await sh('env')).to.not.include('hush');
    } finally {
      delete process.env.BLOCKHOST_TEST_SECRET;
    }
  });

  it('caps what a command may print', async () => {
    const { stdout } = await sandbox.guestExec(vm, 'head -c 3000000 /dev/zero | tr "\\0" x', LIMIT);
    expect(stdout.length).to.equal(1024 * 1024);
  });

  it('keeps its VMs where db.yaml says', async () => {
    const { paths } = sandbox as unknown as { paths: Parameters<typeof createHostConfig>[0]['paths'] };
    expect(folder.startsWith(join(paths.state, 'sandbox'))).to.equal(true);
    await writeFile(join(paths.config, 'db.yaml'), 'sandbox_dir: /srv/elsewhere\n');
    expect((await sandbox.list()).kind).to.equal('unknown');
    await rm(join(paths.config, 'db.yaml'));
    expect((await sandbox.list()).kind).to.equal('present');
  });
});

/** False for a zombie as well: the process that adopts orphans may take its time to collect them. */
async function lives(pid: number): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`).catch(() => '');
  return environment.length > 0;
}
