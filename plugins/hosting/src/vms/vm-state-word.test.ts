import { absent, present, unknown, type VmRecord } from '@blockhost/kernel';
import { expect } from 'chai';
import { isInconsistent, stateWord } from './vm-state-word.js';

const record = (status: VmRecord['status']) => ({ status }) as VmRecord;

describe('stateWord', () => {
  it('follows the hypervisor for a live record', () => {
    expect(stateWord(record('active'), present('running'))).to.equal('active');
    expect(stateWord(record('active'), present('stopped'))).to.equal('suspended');
    expect(stateWord(record('suspended'), present('paused'))).to.equal('suspended');
  });

  it('never says destroyed because a hypervisor is away or has lost a VM', () => {
    expect(stateWord(record('active'), unknown('down'))).to.equal('unknown');
    expect(stateWord(record('active'), absent)).to.equal('unknown');
    expect(stateWord(null, absent)).to.equal('unknown');
    expect(isInconsistent(record('active'), absent)).to.equal(true);
    expect(isInconsistent(record('active'), unknown('down'))).to.equal(false);
  });

  it('says destroyed for a destroyed record, whatever the hypervisor says', () => {
    for (const power of [present('running' as const), absent, unknown('down')])
      expect(stateWord(record('destroyed'), power)).to.equal('destroyed');
  });
});
