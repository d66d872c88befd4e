import { expectRefusal } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { checkCapacity, type HostFacts } from './capacity.js';

const host: HostFacts = {
  memoryMb: 10_000,
  freeMb: 100_000,
  hasKvm: true,
  bridge: 'br0',
  hasBridge: true,
  templateMb: 4_096,
};
const spec = { memoryMb: 1_000, diskGb: 10 };
const others = { committedMb: 0, domainType: 'kvm', overcommit: 1 } as const;
const check = async (...args: Parameters<typeof checkCapacity>) => checkCapacity(...args);

describe('what a host can carry', () => {
  it('is at most nine tenths of its memory, whatever the order', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 1, max: 12_000 }), (a, memoryMb) => {
        const attempt = () => checkCapacity({ ...spec, memoryMb }, host, { ...others, committedMb: a });
        if (a + memoryMb <= 9_000) expect(attempt).to.not.throw();
        else expect(attempt).to.throw().with.property('code', 'provisioner.no-memory');
      }),
    );
  });

  it('is the space that is free, times what the operator dares', async () => {
    await check({ ...spec, diskGb: 97 }, host, others);
    await expectRefusal(check({ ...spec, diskGb: 98 }, host, others), 'provisioner.no-space');
    await check({ ...spec, diskGb: 190 }, host, { ...others, overcommit: 0.5 });
    await expectRefusal(
      check({ ...spec, diskGb: 50 }, host, { ...others, overcommit: 2 }),
      'provisioner.no-space',
    );
  });

  it('is no disk smaller than the base image', async () => {
    await check({ ...spec, diskGb: 4 }, host, others);
    await expectRefusal(check({ ...spec, diskGb: 3 }, host, others), 'provisioner.invalid-spec');
    await check({ ...spec, diskGb: 3 }, { ...host, templateMb: null }, others);
  });

  it('is nothing without virtualization, unless emulation is told, or without a bridge', async () => {
    const bare = { ...host, hasKvm: false };
    await expectRefusal(check(spec, bare, others), 'provisioner.no-virtualization');
    await check(spec, bare, { ...others, domainType: 'qemu' });
    await expectRefusal(check(spec, { ...host, hasBridge: false }, others), 'provisioner.no-bridge');
  });
});
