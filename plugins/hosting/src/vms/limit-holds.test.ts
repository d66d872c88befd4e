import type { VmLimits } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { TestHost } from '../test-host.js';

const VM = 'blockhost-001';
const DOG = 'watchdog';

describe('limits that a program holds beside those of a person', () => {
  let host: TestHost;
  beforeEach(async () => {
    host = await TestHost.create();
    await host.vms.reserve(
      {
        name: VM,
        operationId: 'op-1',
        ownerWallet: 'somebody',
        planId: '1',
        username: 'admin',
        cpu: 1,
        memoryMb: 512,
        diskGb: 5,
        expiresAt: '2026-02-01T00:00:00Z',
      },
      { addresses: false },
    );
  });
  afterEach(() => host.dispose());

  const person = async (limits: VmLimits) => (await host.vms.setLimits(VM, limits)).limits;
  const program = async (limits: VmLimits) => (await host.vms.setLimits(VM, limits, DOG)).limits;
  const lets = async (...names: (keyof VmLimits)[]) => (await host.vms.releaseLimits(VM, names, DOG)).limits;

  it('are set where none stands, and lifted again', async () => {
    expect(await program({ iopsRead: 100 })).to.deep.equal({ iopsRead: 100 });
    expect(await lets('iopsRead')).to.deep.equal({});
  });

  it('give way to a stricter one, and put a looser one back', async () => {
    await person({ iopsRead: 50, iopsWrite: 500 });
    expect(await program({ iopsRead: 100, iopsWrite: 100 })).to.deep.equal({ iopsRead: 50, iopsWrite: 100 });
    expect(await lets('iopsRead', 'iopsWrite')).to.deep.equal({ iopsRead: 50, iopsWrite: 500 });
  });

  it('change as often as the program says, and never beyond what a person has set', async () => {
    await person({ iopsRead: 500 });
    await program({ iopsRead: 100 });
    expect(await program({ iopsRead: 200 })).to.deep.equal({ iopsRead: 200 });
    expect(await program({ iopsRead: 900 })).to.deep.equal({ iopsRead: 500 });
    expect(await lets('iopsRead')).to.deep.equal({ iopsRead: 500 });
  });

  it('are a person’s from then on when a person sets or lifts them, also to the same number', async () => {
    await program({ iopsRead: 100, iopsWrite: 100 });
    await person({ iopsRead: 100, iopsWrite: null });
    expect(await lets('iopsRead', 'iopsWrite')).to.deep.equal({ iopsRead: 100 });
  });

  it('are nobody else’s to lift', async () => {
    await program({ iopsRead: 100 });
    const { limits } = await host.vms.releaseLimits(VM, ['iopsRead'], 'another');
    expect(limits).to.deep.equal({ iopsRead: 100 });
  });

  it('leave, whatever happens, what a person would have without them', async () => {
    const value = fc.integer({ min: 1, max: 5 });
    const acts = fc.array(
      fc.oneof(
        fc.record({ who: fc.constant('person'), iopsRead: fc.option(value) }),
        fc.record({ who: fc.constant('program'), iopsRead: value }),
        fc.record({ who: fc.constant('release'), iopsRead: fc.constant(null) }),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        let own: number | null = null;
        await person({ iopsRead: null });
        for (const { who, iopsRead } of list) {
          if (who === 'person') await person({ iopsRead });
          if (who === 'program') await program({ iopsRead });
          if (who === 'release') await lets('iopsRead');
          if (who === 'person') own = iopsRead;
          const { limits = {} } = (await host.vms.get(VM)) ?? {};
          if (own !== null) expect(limits.iopsRead).to.be.at.most(own);
        }
        expect(await lets('iopsRead')).to.deep.equal(own === null ? {} : { iopsRead: own });
      }),
      { numRuns: 40 },
    );
  });
});
