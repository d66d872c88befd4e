import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { actionParameters, type RootAction, type RootActionContext } from '@blockhost/kernel';
import { runProgram } from '../run-program.js';
import { domainType, hostBridge } from '../settings.js';
import { inBaseTurn } from './base-turn.js';
import { checkNoProcess, ownDomain } from './domain.js';
import { domainXml } from './domain-xml.js';
import { defineGuestFilter } from './guest-filter.js';
import { DOMAIN, TEMPLATE, UUID } from './parameters.js';
import { denied } from './refusal.js';
import { inScratch } from './scratch.js';
import { mustVirsh, virsh } from './virsh.js';
import { checkRootFile, removeVmFiles, templateFolder, type VmFiles, vmFiles } from './vm-files.js';

const ADDRESS = { type: ['string', 'null'], pattern: '^[0-9a-f.:]{2,39}$', rule: 'an IP address, or null' };
const SEED_TEXT = { type: 'string', minLength: 1, maxLength: 512 * 1024 };

/** The order of one VM: with its seed all that `virsh-define` takes. */
export interface VmOrder {
  readonly name: string;
  readonly uuid: string;
  readonly operationId: string;
  readonly template: string;
  readonly cpu: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  readonly mac: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/** Files of the NoCloud seed. */
export interface VmSeed {
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string;
}

/**
 * Makes disk, seed and definition of a VM that is off. Type, bridge and folders are the host's, from `db.yaml`; everything
 * else is in the order. A VM of that UUID that is there is success; what a cut-off call left is made anew.
 */
export const virshDefine: RootAction = {
  name: 'virsh-define',
  parameters: actionParameters({
    spec: actionParameters({
      name: { ...DOMAIN, pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' },
      uuid: UUID,
      operationId: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' },
      template: TEMPLATE,
      cpu: { type: 'integer', minimum: 1, maximum: 128 },
      memoryMb: { type: 'integer', minimum: 256, maximum: 1_048_576 },
      diskGb: { type: 'integer', minimum: 1, maximum: 1_048_576 },
      mac: { type: 'string', pattern: '^52:54:00(:[0-9a-f]{2}){3}$' },
      ipv4: ADDRESS,
      ipv6: ADDRESS,
    }),
    seed: actionParameters({ userData: SEED_TEXT, metaData: SEED_TEXT, networkConfig: SEED_TEXT }),
  }),
  // The seed has the secret of the VM's login.
  secrets: ['seed'],
  timeoutMs: 120_000,
  resource: ({ spec }) => `vm:${(spec as VmOrder).name}`,
  async run(params, context) {
    const order = params.spec as VmOrder;
    const { exec } = context;
    checkAddresses(order);
    if ((await ownDomain(exec, order.name, order.uuid)) !== null) return {};
    if ((await virsh(exec, ['domid', order.name])).kind !== 'absent')
      throw denied(`There is another VM ${order.name}, or libvirt does not answer.`);
    await checkNoProcess(order.uuid);
    const files = await vmFiles(context, order.name);
    await removeVmFiles(files);
    const template = await inBaseTurn(async () => {
      const base = await templateOf(order.template, context);
      await makeDisk(order, base.disk, files.disk, context);
      return base;
    });
    await makeSeed(params.seed as VmSeed, files, context);
    const [type, bridge] = [await domainType(context.config), await hostBridge(context.config)];
    const boot = template.boot;
    const xml = domainXml({ ...order, ...files, type, bridge, boot, tap: tapOf(order.uuid) });
    await defineGuestFilter(exec);
    await inScratch(async (folder) => {
      await writeFile(join(folder, 'domain.xml'), xml);
      await mustVirsh(exec, ['define', join(folder, 'domain.xml'), '--validate'], { timeoutMs: 30_000 });
    });
    return {};
  },
};

/** The network lets a guest send from these and from no others. */
function checkAddresses({ ipv4, ipv6 }: VmOrder): void {
  if (ipv4 !== null && !isIPv4(ipv4)) throw denied(`${ipv4} is no IPv4 address.`);
  if (ipv6 !== null && !isIPv6(ipv6)) throw denied(`${ipv6} is no IPv6 address.`);
}

/** Name of the VM's port on the bridge: libvirt would reuse `vnet…`, and a rule for the old VM would meet the new one. */
function tapOf(uuid: string): string {
  const digest = createHash('sha256').update(uuid).digest();
  return `bh${digest.readUIntBE(0, 6) % 1_000_000_000_000}`;
}

async function templateOf(name: string, { paths }: RootActionContext) {
  const folder = await templateFolder(paths);
  const path = (ending: string) => join(folder, `${name}${ending}`);
  const disk = path('.qcow2');
  await checkRootFile(disk);
  const isDirect = await stat(path('.kernel')).then(
    () => true,
    () => false,
  );
  if (!isDirect) return { disk, boot: null };
  const boot = { kernel: path('.kernel'), initrd: path('.initrd') };
  for (const file of [boot.kernel, boot.initrd]) await checkRootFile(file);
  return { disk, boot };
}

async function makeDisk(
  { diskGb }: VmOrder,
  base: string,
  disk: string,
  { exec }: RootActionContext,
): Promise<void> {
  const info = JSON.parse(
    await runProgram(exec, ['qemu-img', 'info', '-U', '--output=json', base], 30_000),
  ) as { readonly 'virtual-size': number };
  if (diskGb * 1024 ** 3 < info['virtual-size'])
    throw denied(
      `A disk of ${diskGb} GiB is smaller than the base image.`,
      'Sell a plan with a larger disk.',
    );
  const argv = [
    'qemu-img',
    'create',
    '-q',
    '-f',
    'qcow2',
    '-F',
    'qcow2',
    '-b',
    base,
    disk,
    `${diskGb}G`,
  ] as const;
  await runProgram(exec, argv, 60_000);
}

async function makeSeed(seed: VmSeed, files: VmFiles, { exec }: RootActionContext): Promise<void> {
  await inScratch(async (folder) => {
    const path = (name: string) => join(folder, name);
    await writeFile(path('user-data'), seed.userData);
    await writeFile(path('meta-data'), seed.metaData);
    await writeFile(path('network-config'), seed.networkConfig);
    const contents = ['user-data', 'meta-data', 'network-config'].map(path);
    const argv = [
      'genisoimage',
      '-quiet',
      '-output',
      files.seed,
      '-volid',
      'cidata',
      '-joliet',
      '-rock',
    ] as const;
    await runProgram(exec, [...argv, ...contents], 60_000);
  });
}
