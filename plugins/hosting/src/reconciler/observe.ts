import { type Block, type Presence, present, type SignedTransaction, unknown } from '@blockhost/kernel';
import type { Entry } from '../pipeline/entry.js';
import type { Host } from '../pipeline/host.js';
import { adminIdentity } from './admin-identity.js';
import { claimableMints } from './claimable-mints.js';
import { finalHeight, mintProofs, type ProvenMint, proveMint } from './mint-proofs.js';
import type { FailedEntry, Observation, ObservedVm } from './observation.js';
import { observeEntries } from './observe-entries.js';
import { observeMachines } from './observe-machines.js';
import { observeOwners } from './observe-owners.js';
import { observeSubscriptions } from './observe-subscriptions.js';
import { type Paced, paced } from './paced.js';
import type { ReconcileSettings } from './reconcile-settings.js';

/** Reads everything a run decides on and changes nothing. What cannot be read is unknown; only the database may throw. */
export async function observe(
  host: Host,
  settings: ReconcileSettings,
  signal: AbortSignal,
): Promise<Observation> {
  const { chain, clock, database, vms } = host;
  const ask = paced(settings.rpcDelayMs, clock, signal);
  const records = await vms.list();
  const entries = await observeEntries(database, records);
  const tokens = await vms.tokens();
  const missing = await missingRuns(host, settings.intervalMs);
  const head = await ask(() => chain.blocks.head());
  const proofs = await youngProofs(host, head, ask);
  const owners = await observeOwners({ records, tokens, adminTokenId: settings.adminTokenId, chain, ask });
  const machines = await observeMachines(records, host, signal);
  const subscriptions = await observeSubscriptions(
    records.map((vm) => ({ vm, creation: entries.creationOf(vm) })),
    { ...host, ask },
  );

  const observed: ObservedVm[] = [];
  for (const vm of records) {
    const creation = entries.creationOf(vm);
    const owner = vm.nftMinted && vm.nftTokenId !== null ? owners.of(vm.nftTokenId) : null;
    const isAwaited = entries.isAwaited(vm);
    const isAsExpected = owner?.kind === 'present' && chain.addresses.same(owner.value, vm.ownerWallet);
    const mint =
      isAsExpected || owner?.kind === 'unknown' || isAwaited ? null : await proofs.prove(vm.operationId);
    const isSearched =
      vm.status !== 'creating' && !vm.nftMinted && !isAwaited && (mint === null || mint.kind === 'lost');
    observed.push({
      vm,
      creation,
      isAwaited,
      owner,
      mint,
      ...(missing.get(`${vm.name} ${vm.nftTokenId}`) ?? { missing: 0, isNextMissing: true }),
      claimable: isSearched
        ? head.kind === 'present'
          ? await claimableMints(vm, creation, {
              database,
              tokens,
              proofs: proofs.all,
              settings,
              chain,
              safeHeight: head.value.height - (chain.chain.confirmations - 1),
              ask,
            })
          : unknown('the height of the chain is not known')
        : null,
      power: machines.powerOf(vm),
      subscription: subscriptions.get(vm.name) ?? null,
    });
  }
  return {
    now: clock.now(),
    finalHeight: head.kind === 'present' ? finalHeight(head.value.height, chain.chain) : null,
    vms: observed,
    failed: await observeFailed(entries.failed, host, ask),
    strangers: machines.strangers,
    unbound: owners.unbound,
    admin:
      settings.adminTokenId === null
        ? null
        : {
            tokenId: settings.adminTokenId,
            recorded: await adminIdentity(database, settings.adminTokenId),
            owner: owners.of(settings.adminTokenId),
          },
  };
}

async function observeFailed(
  entries: readonly Entry[],
  { vms, chain }: Host,
  ask: Paced,
): Promise<readonly FailedEntry[]> {
  const failed: FailedEntry[] = [];
  for (const entry of entries)
    failed.push({
      entry,
      vm: await vms.get(entry.vmName),
      mint: entry.mint === null ? null : await proven(ask, chain, entry.mint),
    });
  return failed;
}

/** The mints that a reorganisation may still take back; as unknown as the chain's height. */
async function youngProofs({ chain, database }: Host, head: Presence<Block>, ask: Paced) {
  const all = await mintProofs(database);
  return {
    all,
    async prove(operationId: string): Promise<ProvenMint | null> {
      const mint = all.get(operationId);
      if (mint === undefined) return null;
      if (head.kind !== 'present') return { kind: 'unknown' };
      return mint.signedAtHeight <= finalHeight(head.value.height, chain.chain)
        ? null
        : proven(ask, chain, mint);
    },
  };
}

async function proven(ask: Paced, chain: Host['chain'], mint: SignedTransaction): Promise<ProvenMint> {
  const answer = await ask(async () => {
    const found = await proveMint(chain, mint);
    return found.kind === 'unknown' ? unknown('the transaction cannot be looked up') : present(found);
  });
  return answer.kind === 'present' ? answer.value : { kind: 'unknown' };
}

/** Also a clock that was set back by more than an interval lets the next run count. */
async function missingRuns({ database, clock }: Host, intervalMs: number) {
  const rows: { vm_name: string; token_id: string; passes: number; counted_at: number }[] =
    await database('missing_credentials').select();
  return new Map(
    rows.map(({ vm_name, token_id, passes, counted_at }) => [
      `${vm_name} ${token_id}`,
      { missing: passes, isNextMissing: Math.abs(clock.now() - counted_at) >= intervalMs },
    ]),
  );
}
