import { stat } from 'node:fs/promises';
import { actionParameters, type RootAction, type RootActionContext } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { hostBridge, storagePath, storagePool } from '../settings.js';

import { defineGuestFilter } from './guest-filter.js';
import { failed } from './refusal.js';
import { mustVirsh, virsh } from './virsh.js';
import { templateFolder, vmFolder } from './vm-files.js';

/** The account that Debian runs QEMU as. */
const QEMU_ACCOUNT = 'libvirt-qemu';

/** Set-up of what belongs to libvirt: `storage` makes folders and pool, `network` looks at the bridge and defines the filter of guests. Both may be repeated. */
export const virshPrepare: RootAction = {
  name: 'virsh-prepare',
  parameters: actionParameters({ what: { enum: ['storage', 'network'] } }),
  timeoutMs: 120_000,
  resource: () => 'libvirt',
  run: ({ what }, context) => (what === 'storage' ? prepareStorage(context) : prepareNetwork(context)),
};

async function prepareStorage(context: RootActionContext) {
  const { exec, paths, config } = context;
  const [folder, pool] = [await vmFolder(context), await storagePool(config)];
  await templateFolder(paths);
  await letQemuPass(context);
  const present = await virsh(exec, ['pool-dumpxml', pool]);
  if (present.kind === 'ok' && !present.text.includes(`<path>${folder}</path>`))
    throw failed(`The pool ${pool} of libvirt lies elsewhere than ${await storagePath(config)}.`);
  if (present.kind !== 'ok') await mustVirsh(exec, ['pool-define-as', pool, 'dir', '--target', folder]);
  await mustVirsh(exec, ['pool-autostart', pool]);
  const info = await mustVirsh(exec, ['pool-info', pool]);
  if (!/^State:\s+running$/m.test(info)) await mustVirsh(exec, ['pool-start', pool]);
  return { pool, folder };
}

/** The state folder is closed to others: QEMU may pass through it, and see nothing of what else is there. */
async function letQemuPass({ exec, paths }: RootActionContext): Promise<void> {
  const account = await exec.run(['getent', 'passwd', QEMU_ACCOUNT], { timeoutMs: 10_000 });
  const isOpen = ((await stat(paths.state)).mode & 0o001) !== 0;
  if (account.code !== 0 || isOpen) return;
  await runProgram(exec, ['setfacl', '-m', `u:${QEMU_ACCOUNT}:x`, paths.state], 10_000);
}

async function prepareNetwork({ exec, config }: RootActionContext) {
  const bridge = await hostBridge(config);
  const text = await runProgram(exec, ['ip', '-json', '-details', 'address', 'show'], 10_000);
  const links = JSON.parse(text) as readonly {
    readonly ifname?: string;
    readonly linkinfo?: { readonly info_kind?: string };
    readonly addr_info?: readonly { readonly family?: string; readonly local?: string }[];
  }[];
  const link = links.find(({ ifname }) => ifname === bridge);
  if (link?.linkinfo?.info_kind !== 'bridge') throw failed(`There is no bridge ${bridge} on this host.`);
  const address = link.addr_info?.find(({ family }) => family === 'inet')?.local;
  if (address === undefined) throw failed(`The bridge ${bridge} has no IPv4 address.`);
  // libvirt's own network would hand out addresses beside ours. Off or missing is what we want.
  const own = await virsh(exec, ['net-info', 'default']);
  if (own.kind === 'ok') {
    if (/^Active:\s+yes$/m.test(own.text)) await mustVirsh(exec, ['net-destroy', 'default']);
    await mustVirsh(exec, ['net-autostart', 'default', '--disable']);
  }
  await defineGuestFilter(exec);
  return { bridge, address };
}
