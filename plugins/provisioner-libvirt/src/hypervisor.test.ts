import { BlockhostError, type PrivilegedActions } from '@blockhost/kernel';
import { expectRefusal } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { Hypervisor } from './hypervisor.js';

const vm = { name: 'vm-1', uuid: '11111111-2222-4333-8444-555555555555' };

/** A root agent that answers each action in turn with these; an error is thrown. */
function agent(answers: Readonly<Record<string, readonly unknown[]>>) {
  const left = new Map(Object.entries(answers).map(([action, all]) => [action, [...all]]));
  const calls: string[] = [];
  const actions: PrivilegedActions = {
    async call(action) {
      calls.push(action);
      const answer = left.get(action)?.shift();
      if (answer instanceof Error) throw answer;
      return (answer ?? {}) as Readonly<Record<string, unknown>>;
    },
  };
  return { hypervisor: new Hypervisor(actions), calls };
}

const refusal = (code: string) => new BlockhostError(`root-agent.${code}`, 'No.');

describe('libvirt behind the root agent', () => {
  it('is unknown while the agent is away, and absent only by its word', async () => {
    const away = agent({ 'virsh-query': [refusal('unreachable')] });
    expect((await away.hypervisor.power(vm)).kind).to.equal('unknown');
    const gone = agent({ 'virsh-query': [{ kind: 'absent' }] });
    expect(await gone.hypervisor.power(vm)).to.deep.equal({ kind: 'absent' });
    const odd = agent({ 'virsh-query': [{ kind: 'present', value: 'dreaming' }] });
    expect((await odd.hypervisor.power(vm)).kind).to.equal('unknown');
  });

  it('is unreachable, not refusing, when libvirt answers nothing after a failure', async () => {
    const { hypervisor } = agent({
      'virsh-start': [refusal('failed')],
      'virsh-query': [{ kind: 'unknown', reason: 'connection refused' }],
    });
    await expectRefusal(hypervisor.start(vm), 'provisioner.unreachable');
  });

  it('has failed when it answers afterwards', async () => {
    const { hypervisor } = agent({
      'virsh-start': [refusal('failed')],
      'virsh-query': [{ kind: 'present', value: '9.0.0' }],
    });
    await expectRefusal(hypervisor.start(vm), 'provisioner.hypervisor-failed');
  });

  it('waits its turn while the agent has no place', async () => {
    const { hypervisor, calls } = agent({ 'virsh-start': [refusal('busy'), refusal('busy'), {}] });
    await hypervisor.start(vm);
    expect(calls).to.deep.equal(['virsh-start', 'virsh-start', 'virsh-start']);
  });
});
