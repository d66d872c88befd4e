import { join } from 'node:path';
import { type VmRecord, withRun } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { CrashHost } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { lifeFailpoints } = (await import(join(dist, 'vms/life-failpoints.js'))) as {
  lifeFailpoints: readonly string[];
};
const { sweepFailpoints } = (await import(join(dist, 'garbage/sweep-orphans.js'))) as {
  sweepFailpoints: readonly string[];
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
      await host.crashAt(failpoint, ['vm', 'destroy', name]);
      const between = await vm();
      await run('sync');
      if (between.destroyPending)
        expect(await power()).to.equal(
          failpoint.includes('destroy.destroy:before') || failpoint.includes('mark-pending:after')
            ? 'running'
            : 'absent',
        );
      await run('destroy', name);
      expect(await vm()).to.include({ status: 'destroyed', destroyPending: false, ipv4: null });
      expect(await power()).to.equal('absent');
      const { released_at } = (await host
        .database('vm_addresses')
        .where({ address: between.ipv4 ?? '' })
        .first()) ?? { released_at: 0 };
      expect(released_at).to.not.equal(null);
    });

  for (const failpoint of of('sync'))
    it(`at ${failpoint} brings up what should run in the end`, async () => {
      await withRun({ name: 'power-cut', log: new RecordingLogger() }, async (cut) =>
        host.provisioner.kill(await vm(), cut),
      );
      await host.crashAt(failpoint, ['vm', 'sync']);
      await run('sync');
      expect(await power()).to.equal('running');
      expect(await run('sync')).to.include('started: 0');
    });

  describe('collecting orphans', () => {
    const COLLECT = ['gc', '--execute'];
    /** What has a record has no part in it. */
    let bystander: VmRecord;
    const orphans: Readonly<Record<string, () => Promise<void>>> = {
      'destroy-machine': async () => {
        const { id } = await host
          .database('vms')
          .where({ name })
          .whereNot({ status: 'destroyed' })
          .first('id');
        await host.database('vm_addresses').where({ vm_id: id }).delete();
        await host.database('vms').where({ id }).delete();
        await host.ready.host.run('reconcile');
        await host.database('reconciler_findings').where({ subject: name }).update({ first_seen: 0 });
      },
      'abandon-order': async () => {
        const { id, operation_id } = await host
          .database('vms')
          .where({ name })
          .whereNot({ status: 'destroyed' })
          .first();
        await host.database('vms').where({ id }).update({ status: 'creating' });
        const started_at = '2001-01-01T00:00:00.000Z';
        await host
          .database('vm_operations')
          .insert({ vm_id: id, operation: 'create', operation_id, started_at });
      },
      'release-quarantine': async () => {
        const record = await vm();
        await host
          .database('vm_addresses')
          .where({ address: record.ipv4 ?? '' })
          .update({ vm_id: null, quarantined_for: name });
        await run('destroy', name);
      },
    };

    beforeEach(async () => {
      const owner = await host.ready.devnet.customer('tenant');
      await run(
        'create',
        `by-${name}`,
        '--owner-wallet',
        owner.address,
        '--memory',
        '256',
        '--disk',
        '1',
        '--apply',
      );
      const record = await host.vms.get(`by-${name}`);
      if (!record) throw new Error('no record');
      bystander = record;
    });

    for (const failpoint of sweepFailpoints)
      it(`at ${failpoint} leaves nothing of it in the end, and the others alone`, async () => {
        const { ipv4 } = await vm();
        await orphans[failpoint.replace(/^sweep\.|:.*$/g, '')]?.();
        await host.crashAt(failpoint, ['vm', ...COLLECT]);
        await run(...COLLECT);
        expect(await run('gc')).to.not.include('orphan');
        const standing = await host.provisioner.list();
        expect(standing.kind === 'present' && standing.value.map((each) => each.name)).to.deep.equal([
          bystander.name,
        ]);
        expect(await host.vms.list()).to.deep.equal([bystander]);
        const address = await host
          .database('vm_addresses')
          .where({ address: ipv4 ?? '' })
          .first();
        expect(address?.vm_id ?? null).to.equal(null);
        expect(address?.quarantined_for ?? null).to.equal(null);
      });
  });
});
