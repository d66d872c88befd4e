import { BlockhostError } from '@blockhost/kernel';
import { expect } from 'chai';
import { verdictOn } from './failure.js';

const verdict = (code: string) => verdictOn(new BlockhostError(code, 'It failed.'));

describe('what follows from a failed try', () => {
  it('is to wait for an operator when the host has no room for a VM that was paid for', () => {
    for (const lack of ['memory', 'space', 'bridge', 'template', 'virtualization'])
      expect(verdict(`provisioner.no-${lack}`), lack).to.equal('wait-for-operator');
  });

  it('is never to give up while the hypervisor does not answer, and to give up what cannot be made', () => {
    expect(verdict('provisioner.unreachable')).to.equal('wait');
    expect(verdict('provisioner.invalid-spec')).to.equal('permanent');
    expect(verdict('provisioner.boot-failed')).to.equal('retry');
  });
});
