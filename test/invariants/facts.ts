import type {
  Address,
  ChainEngine,
  Presence,
  Provisioner,
  Subscription,
  VmListing,
  VmRecord,
  VmStore,
} from '@blockhost/kernel';
import type { Knex } from 'knex';

/** A host at rest, and everything outside of it that it answers for. */
export interface World {
  readonly engine: Pick<ChainEngine, 'subscriptions' | 'credentials' | 'addresses'>;
  readonly provisioner: Pick<Provisioner, 'list'>;
  readonly vms: VmStore;
  readonly database: Knex;
  /** Milliseconds since the epoch, by the host's clock. */
  readonly now: number;
  /** How long a VM may stand unpaid. */
  readonly graceMs: number;
  /** Earlier subscriptions belong to cases that are over, whose VMs a test has cleared away. */
  readonly firstSubscription?: bigint;
  /** Credentials that no purchase asked for: the administrator's, those a test minted aside. */
  readonly otherMints?: readonly { readonly to: Address; readonly count: number }[];
  /** VMs of which an operator was told otherwise than by an entry. */
  readonly leftToOperator?: readonly string[];
}

/** What is true at one moment, read once for all invariants. */
export interface Facts {
  readonly now: number;
  readonly graceMs: number;
  readonly subscriptions: readonly Subscription[];
  /** Live records. */
  readonly records: readonly VmRecord[];
  readonly standing: readonly VmListing[];
  /** Credentials ever minted to each buyer, less those no purchase asked for. */
  readonly mints: ReadonlyMap<Address, number>;
  /** Owner of each credential that a live record names; null when it is not on the chain. */
  readonly owners: ReadonlyMap<string, Address | null>;
  readonly entries: readonly EntryFact[];
  readonly heldAddresses: readonly { readonly address: string; readonly holder: string | null }[];
}

export interface EntryFact {
  readonly id: string;
  readonly vmName: string;
  readonly state: string;
  readonly needsOperator: boolean;
}

export async function readFacts(world: World): Promise<Facts> {
  const { engine, provisioner, vms, database, now, graceMs } = world;
  const { firstSubscription = 1n, otherMints = [], leftToOperator = [] } = world;
  const count = known(await engine.subscriptions.count(), 'the number of subscriptions');
  const subscriptions: Subscription[] = [];
  for (let id = firstSubscription; id <= count; id += 1n)
    subscriptions.push(known(await engine.subscriptions.get(id), `subscription ${id}`));

  const records = await vms.list();
  const mints = new Map<Address, number>();
  for (const buyer of new Set(subscriptions.map(({ subscriber }) => subscriber))) {
    const all = known(await engine.credentials.findMints(buyer, 0), `the mints to ${buyer}`).length;
    const aside = otherMints.find(({ to }) => engine.addresses.same(to, buyer))?.count ?? 0;
    mints.set(buyer, all - aside);
  }
  const named = records.flatMap(({ nftMinted, nftTokenId }) => (nftMinted && nftTokenId ? [nftTokenId] : []));
  const owners = known(await engine.credentials.owners(named.map(BigInt)), 'the owners of the credentials');

  const rows: { id: string; vm_name: string; state: string; needs_operator: number }[] = await database(
    'pipeline_entries',
  ).select('id', 'vm_name', 'state', 'needs_operator');
  const addresses: { address: string; name: string | null; quarantined_for: string | null }[] =
    await database('vm_addresses')
      .leftJoin('vms', 'vms.id', 'vm_addresses.vm_id')
      .whereNull('vm_addresses.released_at')
      .select('vm_addresses.address', 'vms.name', 'vm_addresses.quarantined_for');
  return {
    now,
    graceMs,
    subscriptions,
    records,
    mints,
    standing: known(await provisioner.list(), 'the list of machines'),
    owners: new Map(named.map((token, index) => [token, owners[index] ?? null])),
    entries: [
      ...rows.map((row) => ({
        id: row.id,
        vmName: row.vm_name,
        state: row.state,
        needsOperator: row.needs_operator === 1,
      })),
      ...leftToOperator.map((vmName) => ({ id: vmName, vmName, state: 'failed', needsOperator: true })),
    ],
    heldAddresses: addresses.map(({ address, name, quarantined_for }) => ({
      address,
      holder: name ?? quarantined_for,
    })),
  };
}

/** An invariant is judged on what is known, or not at all. */
export function known<T>(answer: Presence<T>, what: string): T {
  if (answer.kind === 'present') return answer.value;
  throw new Error(`${what} cannot be read: ${answer.kind === 'unknown' ? answer.reason : 'absent'}`);
}
