import { join } from 'node:path';
import { type VmRecord, withRun } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { CrashHost } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { lifeFailpoints } = (await import(join(dist, 'vms/life-failpoints.js'))) as {
  lifeFailpoints: readonly string[];
};
const DAY = 86_400_000;
const of = (verb: string) => lifeFailpoints.filter((failpoint) => failpoint.startsWith(`${verb}.`));

describe('a command on a VM killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;
  let made = 0;
  let name: string;

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
  });
  after(() => host.dispose());

  const run = (...words: string[]) => host.ready.host.run('vm', ...words);
  beforeEach(async () => {
    made += 1;
    name = `vm-${made}`;
    const owner = await host.ready.devnet.customer('tenant');
    const words = ['--owner-wallet', owner.address, '--memory', '256', '--disk', '1', '--apply'];
    await run('create', name, ...words);
  });
  afterEach(async () => {
    await host.clear();
    expect(await host.database('vm_addresses').whereNotNull('vm_id')).to.deep.equal([]);
  });

  async function vm(): Promise<VmRecord> {
    const record = await host.vms.get(name);
    if (!record) throw new Error('no record');
    return record;
  }
  const power = async () => {
    const state = await host.provisioner.status(await vm());
    return state.kind === 'present' ? state.value : state.kind;
  };

  const powerCut = () =>
    withRun({ name: 'power-cut', log: new RecordingLogger() }, async (cut) =>
      host.provisioner.kill(await vm(), cut),
    );

  for (const failpoint of of('suspend-vm'))
    it(`at ${failpoint} suspends it in the end, once`, async () => {
      await host.crashAt(failpoint, ['vm', 'suspend', name, '--reason', 'abuse']);
      const { suspendedAt } = await vm();
      await run('suspend', name, '--reason', 'abuse');
      expect(await vm()).to.include({ status: 'suspended', suspendReason: 'abuse' });
      if (suspendedAt !== null) expect((await vm()).suspendedAt).to.equal(suspendedAt);
      expect(await power()).to.equal('stopped');
    });

  for (const failpoint of of('resume'))
    it(`at ${failpoint} resumes it in the end, and adds its days once`, async () => {
      const { expiresAt } = await vm();
      await run('suspend', name);
      const order = ['resume', name, '--extend-days', '3'];
      await host.crashAt(failpoint, ['vm', ...order]);
      await run(...order);
      const later = new Date(Date.parse(expiresAt) + 3 * DAY).toISOString();
      expect(await vm()).to.include({ status: 'active', suspendReason: null, expiresAt: later });
      expect(await power()).to.equal('running');
    });

  for (const failpoint of of('destroy'))
    it(`at ${failpoint} destroys it in the end, and nothing powers it on between`, async () => {
      await powerCut();
      await host.crashAt(failpoint, ['vm', 'destroy', name]);
      const between = await vm();
      await run('sync');
      const isUntouched = failpoint === 'destroy.mark-pending:before';
      expect(between.destroyPending).to.equal(!isUntouched && between.status !== 'destroyed');
      expect(await power()).to.be.oneOf(isUntouched ? ['running'] : ['stopped', 'absent']);
      await run('destroy', name);
      expect(await vm()).to.include({ status: 'destroyed', destroyPending: false, ipv4: null });
      expect(await power()).to.equal('absent');
      expect(await host.database('vm_addresses').whereNotNull('vm_id')).to.deep.equal([]);
    });

  for (const failpoint of of('sync'))
    it(`at ${failpoint} brings up what should run in the end`, async () => {
      await powerCut();
      await host.crashAt(failpoint, ['vm', 'sync']);
      await run('sync');
      expect(await power()).to.equal('running');
      expect(await run('sync')).to.include('started: 0');
    });
});
