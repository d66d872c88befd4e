import type { VmRecord } from '@blockhost/kernel';
import type { Facts } from './facts.js';

/** What must hold whenever a host is at rest, however it came there (quality, section 2). */
export interface Invariant<F> {
  readonly sentence: string;
  /** One line for each place where it does not hold. */
  violations(facts: F): readonly string[];
}

export const INVARIANTS: readonly Invariant<Facts>[] = [
  {
    sentence: 'what stands is what the records say',
    violations({ standing, records, entries, heldAddresses }) {
      const open = namesForOperator(entries);
      const quarantined = new Set(heldAddresses.map(({ holder }) => holder));
      const machines = new Map(standing.map((each) => [each.name, each.backendRef]));
      return [
        ...records
          .filter(({ status }) => status !== 'creating')
          .filter(({ name, backendRef }) => machines.get(name) !== backendRef)
          .map(({ name, backendRef }) => `${name} is recorded as ${backendRef}, found ${machines.get(name)}`),
        ...standing
          .filter(({ name }) => !records.some((record) => record.name === name))
          .filter(({ name }) => !open.has(name) && !quarantined.has(name))
          .map(({ name }) => `${name} stands and nobody recorded it`),
      ];
    },
  },
  {
    sentence: 'a machine has one name and one identity',
    violations: ({ standing }) => [
      ...twice(standing.map(({ name }) => name)),
      ...twice(standing.map(({ backendRef }) => backendRef)),
    ],
  },
  {
    sentence: 'nothing is half made without an operator knowing',
    violations: ({ records, entries }) =>
      records
        .filter(({ status, name }) => status === 'creating' && !namesForOperator(entries).has(name))
        .map(({ name }) => `${name} is half made`),
  },
  {
    sentence: 'an address has at most one owner',
    violations: ({ records, heldAddresses }) => [
      ...twice(records.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]).filter((address) => address !== null)),
      ...twice(heldAddresses.map(({ address }) => address)),
      ...records.flatMap(({ name, ipv4, ipv6 }) =>
        [ipv4, ipv6]
          .filter((address) => address !== null)
          .filter((address) => heldAddresses.find((held) => held.address === address)?.holder !== name)
          .map((address) => `${address} of ${name} is held by somebody else or free`),
      ),
    ],
  },
  {
    sentence: 'a subscription has at most one credential',
    violations: ({ subscriptions, mints, records }) => [
      ...[...mints]
        .map(([buyer, count]) => ({
          buyer,
          count,
          bought: subscriptions.filter(({ subscriber }) => subscriber === buyer).length,
        }))
        .filter(({ count, bought }) => count > bought)
        .map(({ buyer, count, bought }) => `${buyer} bought ${bought} and got ${count} credentials`),
      ...twice(records.flatMap(({ nftMinted, nftTokenId }) => (nftMinted && nftTokenId ? [nftTokenId] : []))),
    ],
  },
  {
    sentence:
      'a credential that a record names is on the chain unless it was burnt, and its owner is who may log in',
    violations: ({ records, owners, entries }) =>
      records
        .filter(({ nftMinted, name }) => nftMinted && !namesForOperator(entries).has(name))
        .filter(({ nftTokenId, ownerWallet, nftBurned }) =>
          nftBurned ? owners.get(nftTokenId ?? '') !== null : owners.get(nftTokenId ?? '') !== ownerWallet,
        )
        .map(
          ({ name, nftTokenId, ownerWallet }) =>
            `credential ${nftTokenId} of ${name} belongs to ${owners.get(nftTokenId ?? '')}, not ${ownerWallet}`,
        ),
  },
  {
    sentence: 'who paid has a VM, or an operator has a record of it',
    violations: ({ subscriptions, records, entries, now }) =>
      subscriptions
        .filter(({ cancelled, expiresAt }) => !cancelled && expiresAt * 1_000 > now)
        .map(({ id, expiresAt }) => ({ name: vmNameOf(id), expiresAt }))
        .filter(({ name }) => !namesForOperator(entries).has(name))
        .flatMap(({ name, expiresAt }) => {
          const record = records.find((each) => each.name === name);
          if (!record) return [`${name} is paid for and missing`];
          if (!serves(record)) return [`${name} is paid for and ${record.status}, or has no credential`];
          return Date.parse(record.expiresAt) < expiresAt * 1_000
            ? [`${name} is paid until ${new Date(expiresAt * 1_000).toISOString()}, not ${record.expiresAt}`]
            : [];
        }),
  },
  {
    sentence: 'no VM runs without payment past its grace',
    violations: ({ records, subscriptions, entries, now, graceMs }) =>
      records
        .filter(({ name }) => /^blockhost-\d+$/.test(name) && !namesForOperator(entries).has(name))
        .flatMap(({ name, expiresAt }) => {
          const paid = subscriptions.find(({ id }) => vmNameOf(id) === name);
          if (!paid) return [`${name} stands and nobody bought it`];
          if (paid.cancelled) return [`${name} stands although its subscription is cancelled`];
          return Date.parse(expiresAt) + graceMs < now ? [`${name} stands and its time is over`] : [];
        }),
  },
  {
    sentence: 'nothing is left to do',
    violations: ({ entries }) =>
      entries
        .filter(({ state, needsOperator }) => (state === 'queued' || state === 'active') && !needsOperator)
        .map(({ id, state }) => `${id} is ${state}`),
  },
];

/** Name of the VM of a subscription (engine.md 3.3). */
export function vmNameOf(subscriptionId: bigint): string {
  return `blockhost-${String(subscriptionId).padStart(3, '0')}`;
}

function serves({ nftMinted, status }: VmRecord): boolean {
  return nftMinted && ['active', 'suspended'].includes(status);
}

function namesForOperator(entries: Facts['entries']): ReadonlySet<string> {
  return new Set(entries.filter(({ needsOperator }) => needsOperator).map(({ vmName }) => vmName));
}

function twice(values: readonly string[]): readonly string[] {
  return values
    .filter((value, index) => values.indexOf(value) !== index)
    .map((value) => `${value} is there twice`);
}
