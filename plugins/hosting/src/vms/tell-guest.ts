import { type Run, supports, type VmRecord } from '@blockhost/kernel';
import { endsWith } from '../pipeline/ends-with.js';
import type { Host } from '../pipeline/host.js';
import { withVmLock } from './vm-lock.js';

const LIMIT_MS = 30_000;

/**
 * Writes the recorded owner and credential into a guest whose login comment is outdated (engine.md 4, 2.). Whoever
 * records another owner meanwhile finds the comment outdated still. Does nothing where it is not, or the provisioner cannot.
 */
export async function tellGuest(
  name: string,
  { vms, provisioner, paths }: Pick<Host, 'vms' | 'provisioner' | 'paths'>,
  run: Run,
): Promise<void> {
  const limited = AbortSignal.any([run.signal, AbortSignal.timeout(LIMIT_MS)]);
  const tell = async () => {
    const vm = await vms.get(name);
    if (!isLive(vm) || vm.gecosSynced || vm.nftTokenId === null) return;
    if (!supports(provisioner, 'updateGecos')) return;
    const { ownerWallet, nftTokenId: tokenId, username } = vm;
    await run.step('update-gecos-tell', () =>
      provisioner.updateGecos?.(vm, { wallet: ownerWallet, tokenId, username }),
    );
    await run.step('update-gecos-record', () => vms.setGecosSynced(name, true, { ownerWallet, tokenId }));
  };
  await endsWith(limited, withVmLock(paths, name, 'correcting the login of', tell, limited), 0);
}

/** A VM that was made and is not destroyed. */
export function isLive(vm: VmRecord | null): vm is VmRecord {
  return vm !== null && (vm.status === 'active' || vm.status === 'suspended');
}
