import { stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import type { RootActionContext } from '@blockhost/kernel';
import type { HostFacts } from '../capacity.js';
import { runProgram } from '../run-program.js';
import { hostBridge, storagePath } from '../settings.js';

const MIB = 1024 ** 2;

/** What this host has for VMs; looks, and makes nothing. */
export async function hostFacts({ exec, paths, config }: RootActionContext): Promise<HostFacts> {
  const bridge = await hostBridge(config);
  const folder = paths.resolve(await storagePath(config));
  // Before the set-up has made the folder, its space is that of the state folder.
  const { bavail, bsize } = await statfs(folder).catch(() => statfs(paths.state));
  return {
    memoryMb: Math.floor(totalmem() / MIB),
    freeMb: Math.floor((bavail * bsize) / MIB),
    hasKvm: await isThere('/dev/kvm', (found) => found.isCharacterDevice()),
    bridge,
    hasBridge: await isThere(`/sys/class/net/${bridge}/bridge`),
    templateMb: await templateMb({ exec, paths }),
  };
}

async function templateMb({
  exec,
  paths,
}: Pick<RootActionContext, 'exec' | 'paths'>): Promise<number | null> {
  const disk = paths.resolve('/var/lib/blockhost/templates/blockhost-base.qcow2');
  if (!(await isThere(disk))) return null;
  const text = await runProgram(exec, ['qemu-img', 'info', '-U', '--output=json', disk], 10_000);
  return Math.ceil((JSON.parse(text) as { readonly 'virtual-size': number })['virtual-size'] / MIB);
}

async function isThere(
  path: string,
  isRight: (found: Awaited<ReturnType<typeof stat>>) => boolean = () => true,
): Promise<boolean> {
  return stat(path).then(isRight, () => false);
}
