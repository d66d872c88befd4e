import type { VmRecord } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Facts } from './facts.js';
import { INVARIANTS } from './invariants.js';

const alice = 'fake:alice';
const now = Date.parse('2026-06-01T00:00:00.000Z');
const expiresAt = now / 1_000 + 1_000;

const record: VmRecord = {
  name: 'blockhost-001',
  operationId: 'op-1',
  ownerWallet: alice,
  planId: '1',
  username: 'user',
  cpu: 1,
  memoryMb: 512,
  diskGb: 5,
  expiresAt: new Date(expiresAt * 1_000).toISOString(),
  status: 'active',
  backendRef: 'machine/1',
  loginPort: 22,
  ipv4: '10.0.0.2',
  ipv6: null,
  fqdn: null,
  nftTokenId: '7',
  nftMinted: true,
  gecosSynced: true,
  suspendReason: null,
  createdAt: new Date(now).toISOString(),
  suspendedAt: null,
  destroyedAt: null,
} as VmRecord;

/** One purchase, served as it should be. */
const sound: Facts = {
  now,
  graceMs: 7 * 86_400_000,
  subscriptions: [{ id: 1n, planId: 1n, subscriber: alice, expiresAt, cancelled: false }],
  records: [record],
  standing: [{ name: record.name, backendRef: 'machine/1', power: 'running' }],
  mints: new Map([[alice, 1]]),
  owners: new Map([['7', alice]]),
  entries: [{ id: 'create:1', vmName: record.name, state: 'done', needsOperator: false }],
  heldAddresses: [{ address: '10.0.0.2', holder: record.name }],
};

/** A host that breaks each invariant, so that none of them is an assertion that cannot fail. */
const BROKEN: Readonly<Record<string, Partial<Facts>>> = {
  'what stands is what the records say': { standing: [] },
  'a machine has one name and one identity': { standing: [...sound.standing, ...sound.standing] },
  'nothing is half made without an operator knowing': { records: [{ ...record, status: 'creating' }] },
  'an address has at most one owner': { heldAddresses: [{ address: '10.0.0.2', holder: 'blockhost-002' }] },
  'a subscription has at most one credential': { mints: new Map([[alice, 2]]) },
  'a credential that a record names is on the chain unless it was burnt, and its owner is who may log in': {
    owners: new Map([['7', null]]),
  },
  'who paid has a VM, or an operator has a record of it': { records: [], standing: [] },
  'no VM runs without payment past its grace': { now: now + 30 * 86_400_000 },
  'nothing is left to do': {
    entries: [{ id: 'extend:1', vmName: record.name, state: 'queued', needsOperator: false }],
  },
};

describe('the invariants of a host', () => {
  it('hold of a purchase that was served', () => {
    expect(INVARIANTS.flatMap(({ violations }) => violations(sound))).to.deep.equal([]);
  });

  for (const { sentence, violations } of INVARIANTS)
    it(`notice when it is not so: ${sentence}`, () => {
      expect(violations({ ...sound, ...BROKEN[sentence] })).to.have.length.above(0);
    });

  it('leave what waits for an operator to the operator', () => {
    const entries = [{ id: 'create:1', vmName: record.name, state: 'failed', needsOperator: true }];
    const facts = { ...sound, entries, records: [], standing: [], heldAddresses: [] };
    expect(INVARIANTS.flatMap(({ violations }) => violations(facts))).to.deep.equal([]);
  });
});
