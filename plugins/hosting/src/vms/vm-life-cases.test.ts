import { hasCode, type VmStatus } from '@blockhost/kernel';
import type { DbYaml } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import fc from 'fast-check';
import type { TestHost } from '../test-host.js';

const POOL = 4;
const LEGAL_REFUSALS = [
  'vm-store.name-taken',
  'vm-store.no-such-vm',
  'vm-store.pool-exhausted',
  'vm-store.forbidden-transition',
];

type Act = 'reserve' | 'publish' | 'abandon' | 'suspend' | 'activate' | 'destroy';
const acts: readonly Act[] = ['reserve', 'publish', 'abandon', 'suspend', 'activate', 'destroy'];

/** What each act leads to from each state; absent: refused, or without effect. */
const next: Readonly<Record<Act, Partial<Record<VmStatus | 'none', VmStatus | 'none'>>>> = {
  reserve: { none: 'creating', destroyed: 'creating' },
  publish: { creating: 'active' },
  abandon: { creating: 'none' },
  suspend: { active: 'suspended' },
  activate: { suspended: 'active' },
  destroy: { active: 'destroyed', suspended: 'destroyed' },
};

/** The legal states and the owners of addresses, on whatever database. */
export function vmLifeCases(open: (db: DbYaml) => Promise<TestHost>, numRuns: number): void {
  it('follows the legal states and gives each address one owner, whatever is asked in whatever order', async () => {
    const order = fc.tuple(fc.constantFrom(...acts), fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));
    await fc.assert(
      fc.asyncProperty(fc.array(order, { minLength: 10, maxLength: 40 }), async (script) => {
        const host = await open({
          ip_pool: { network: '10.0.0.0/24', start: 10, end: 9 + POOL, gateway: '10.0.0.1' },
        });
        try {
          await play(host, script);
        } finally {
          await host.dispose();
        }
      }),
      { numRuns },
    );
  });
}

async function play(host: TestHost, script: readonly (readonly [Act, string])[]): Promise<void> {
  const model = new Map<string, VmStatus | 'none'>();
  let orders = 0;
  for (const [act, name] of script) {
    host.clock.advance(1);
    orders += 1;
    const before = model.get(name) ?? 'none';
    const held = [...model.values()].filter((status) => status !== 'none' && status !== 'destroyed').length;
    const wanted = act === 'reserve' && held === POOL ? undefined : next[act][before];
    const error = await perform(host, act, name, orders).then(
      () => null,
      (failure: unknown) => failure,
    );
    if (error !== null) expect(LEGAL_REFUSALS.some((code) => hasCode(error, code))).to.equal(true);
    if (wanted !== undefined) expect(error, `${act} of a VM that is ${before}`).to.equal(null);
    if (wanted !== undefined) model.set(name, wanted);
    await compare(host, model);
  }
}

async function perform(host: TestHost, act: Act, name: string, order: number): Promise<unknown> {
  const { vms } = host;
  const record = await vms.get(name);
  const operationId = record?.operationId ?? 'none';
  switch (act) {
    case 'reserve':
      return vms.reserve({
        name,
        operationId: `order-${order}`,
        ownerWallet: 'w',
        planId: null,
        username: 'admin',
        cpu: 1,
        memoryMb: 256,
        diskGb: 1,
        expiresAt: '2026-02-01T00:00:00Z',
      });
    case 'publish': {
      const { ipv4 = null, ipv6 = null } = record ?? {};
      return vms.publish(name, operationId, { name, backendRef: 'x', username: 'admin', ipv4, ipv6 });
    }
    case 'abandon':
      return vms.abandon(name, operationId, 'free');
    case 'suspend':
      return vms.suspend(name, 'expiry');
    case 'activate':
      return vms.activate(name);
    case 'destroy':
      return vms.markDestroyed(name);
  }
}

async function compare(host: TestHost, model: ReadonlyMap<string, VmStatus | 'none'>): Promise<void> {
  const live = [...model].filter(([, status]) => status !== 'none' && status !== 'destroyed');
  const records = await host.vms.list();
  expect(records.map(({ name, status }) => [name, status])).to.deep.equal(live.sort());
  const addresses = records.map(({ ipv4 }) => ipv4);
  expect(new Set(addresses).size).to.equal(records.length);
  expect(addresses).to.not.include(null);
  const [held] = await host.database('vm_addresses').whereNotNull('vm_id').count({ addresses: '*' });
  expect(held?.addresses).to.equal(records.length);
  const journal = await host.database('vm_operations').count({ open: '*' });
  expect(journal[0]?.open).to.equal(records.filter(({ status }) => status === 'creating').length);
}
