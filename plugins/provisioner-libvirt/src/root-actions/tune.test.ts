import type { Exec, ExecResult, RootActionContext } from '@blockhost/kernel';
import { expectRefusal } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { virshTune } from './tune.js';

const DOMAIN = { name: 'blockhost-001', uuid: '3c5a9f0e-7c4d-4f3b-9d53-0a4a5f2d9a11' };
const CARD = ' vnet0 bridge br0 virtio 52:54:00:00:00:01';

/** A libvirt that refuses these verbs, each with these words in turn; it tells what it was asked to set. */
function libvirtThat(refuses: Readonly<Record<string, readonly string[]>>) {
  const left = new Map(Object.entries(refuses).map(([verb, all]) => [verb, [...all]]));
  const set: string[] = [];
  const answer = (stdout: string, stderr = ''): ExecResult => ({
    code: stderr === '' ? 0 : 1,
    signal: null,
    stdout,
    stderr,
    timedOut: false,
  });
  const exec: Pick<Exec, 'run'> = {
    async run(argv) {
      const [verb = ''] = argv.slice(4);
      const refusal = left.get(verb)?.shift();
      if (refusal !== undefined) return answer('', `error: ${refusal}`);
      if (verb === 'domstate') return answer('running');
      if (verb === 'domname') return answer(DOMAIN.name);
      if (verb === 'domiflist') return answer(CARD);
      if (argv.includes('--set') || verb === 'domiftune') set.push(verb);
      return answer('vcpu_period : 100000\n');
    },
  };
  return { context: { exec } as RootActionContext, set };
}
const tune = async (limits: object, context: RootActionContext) =>
  virshTune.run({ ...DOMAIN, ...limits }, context);

describe('limits of a running VM', () => {
  it('wait for a libvirt that has just been started', async () => {
    const early = 'Requested operation is not valid: cgroup CPU controller is not mounted';
    const { context, set } = libvirtThat({ schedinfo: [early] });
    expect(await tune({ cpuQuotaPercent: 50 }, context)).to.deep.equal({});
    expect(set).to.deep.equal(['schedinfo']);
  });

  it('are tried one and all, and the failure names those that are not in force', async () => {
    const { context, set } = libvirtThat({ schedinfo: ['no scheduler'] });
    const error = await expectRefusal(
      tune({ cpuQuotaPercent: 50, bandwidthInKbit: 8_000 }, context),
      'libvirt.failed',
    );
    expect(error.sentence).to.equal('Not in force: CPU: virsh schedinfo: no scheduler.');
    expect(set).to.deep.equal(['domiftune']);
  });
});
