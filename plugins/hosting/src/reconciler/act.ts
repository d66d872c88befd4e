import type { Run } from '@blockhost/kernel';
import { endsWith } from '../pipeline/ends-with.js';
import type { Host } from '../pipeline/host.js';
import { isoSeconds } from '../pipeline/known.js';
import { callOperator, requeueEntry } from '../pipeline/operate.js';
import { powerOn } from '../vms/power-on.js';
import { isLive, tellGuest } from '../vms/tell-guest.js';
import { withVmLock } from '../vms/vm-lock.js';
import { withWallet } from '../wallets/with-wallet.js';
import { rememberAdmin } from './admin-identity.js';
import { mintProofs } from './mint-proofs.js';
import type { Action } from './plan.js';

const RESUME_MS = 600_000;

/**
 * Makes one planned change. Whoever else works on the host may have been faster: every change looks at fresh data first,
 * is one transaction on one row, and does nothing when its reason is gone.
 */
export async function act(action: Action, host: Host, run: Run): Promise<void> {
  const { vms, database, clock } = host;
  switch (action.do) {
    case 'clear-missing':
      await missing(host, action).delete();
      return;
    case 'count-missing':
      await database.raw(
        `insert into missing_credentials (vm_name, token_id, passes, counted_at) values (?, ?, 1, ?)
         on conflict (vm_name, token_id)
         do update set passes = missing_credentials.passes + 1, counted_at = excluded.counted_at`,
        [action.vm, action.tokenId, clock.now()],
      );
      return;
    case 'forget-mint':
      await vms.forgetMint(action.vm, action.tokenId);
      await missing(host, action).delete();
      return;
    case 'bind-mint': {
      const vm = await vms.get(action.vm);
      if (isLive(vm) && !vm.nftMinted) await vms.markMinted(action.vm, action.tokenId, action.to);
      return;
    }
    case 'rebroadcast':
      return rebroadcast(action.operationId, host, run);
    case 'set-owner':
      await vms.setOwner(action.vm, action.tokenId, action.to);
      return;
    case 'set-burned':
      await vms.setBurned(action.vm, action.tokenId, action.burned);
      return;
    case 'extend':
      await vms.extendTo(action.vm, isoSeconds(action.expiresAt));
      return;
    case 'resume':
      return resume(action.vm, host, run);
    case 'update-gecos':
      return tellGuest(action.vm, host, run);
    case 'requeue':
      await requeueEntry(database, action.entry, clock.now());
      return;
    case 'call-operator':
      return callOperator(database, action.entry, action.reason, clock.now());
    case 'remember-admin':
      return rememberAdmin(database, action.tokenId, action.owner, clock.now());
  }
}

function missing({ database }: Host, { vm, tokenId }: { readonly vm: string; readonly tokenId: string }) {
  return database('missing_credentials').where({ vm_name: vm, token_id: tokenId });
}

/** A VM whose time was paid while nobody could start it (engine.md 3.7). */
async function resume(name: string, { vms, provisioner, clock, paths }: Host, run: Run): Promise<void> {
  const limited = AbortSignal.any([run.signal, AbortSignal.timeout(RESUME_MS)]);
  const work = withVmLock(
    paths,
    name,
    'resuming',
    async () => {
      const vm = await vms.get(name);
      const isPaid = vm?.status === 'suspended' && Date.parse(vm.expiresAt) > clock.now();
      if (!isPaid || (vm.suspendReason ?? 'expiry') !== 'expiry') return;
      await run.step('start-vm', () => powerOn(vm, { provisioner }, { ...run, signal: limited }));
      await run.step('activate', () => vms.activate(name));
    },
    limited,
  );
  await endsWith(limited, work);
}

/** The same bytes again, after a reorganisation took them back: whatever becomes of them, it is the same credential. */
async function rebroadcast(operationId: string, host: Host, run: Run): Promise<void> {
  const { signal } = run;
  const mint = (await mintProofs(host.database)).get(operationId);
  if (!mint) return;
  const { transactions } = host.chain;
  await withWallet(host, { address: mint.from }, 'handing a mint in again', async () => {
    const seen = await transactions.lookup(mint, signal);
    if (seen.state === 'unseen') await run.step('broadcast', () => transactions.broadcast(mint, signal));
  });
}
