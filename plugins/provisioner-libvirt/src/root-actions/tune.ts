import { actionParameters, type RootAction, type RootActionContext } from '@blockhost/kernel';
import { isOff, requireOwnDomain } from './domain.js';
import { DOMAIN, UUID } from './parameters.js';
import { denied } from './refusal.js';
import { mustVirsh } from './virsh.js';

const LIMIT = { type: 'integer', minimum: 0, maximum: 1_000_000_000 };
/** Weight that Linux gives a group on version 2 of its control groups, and what the port's 1024 means there. */
const NORMAL_WEIGHT = 100;
const NORMAL_SHARES = 1024;

/**
 * Limits of a running VM (specification provisioners.md 6.7); 0 lifts one, a missing one stays. Directions are the guest's:
 * in is towards it.
 */
export const virshTune: RootAction = {
  name: 'virsh-tune',
  parameters: actionParameters(
    {
      name: DOMAIN,
      uuid: UUID,
      cpuShares: { ...LIMIT, maximum: 10_000 },
      cpuQuotaPercent: { ...LIMIT, maximum: 100 },
      bandwidthInKbit: LIMIT,
      bandwidthOutKbit: LIMIT,
      iopsRead: LIMIT,
      iopsWrite: LIMIT,
    },
    ...['cpuShares', 'cpuQuotaPercent', 'bandwidthInKbit', 'bandwidthOutKbit', 'iopsRead', 'iopsWrite'],
  ),
  timeoutMs: 60_000,
  resource: ({ name }) => `vm:${name}`,
  async run({ name, uuid, ...limits }, { exec }) {
    const vm = String(uuid);
    const state = await requireOwnDomain(exec, String(name), vm);
    if (isOff(state))
      throw denied(`${String(name)} is off: limits are those of a running VM.`, 'Start it first.');
    const given = limits as Readonly<Record<string, number | undefined>>;
    await tuneCpu(exec, vm, given);
    await tuneDisk(exec, vm, given);
    await tuneNetwork(exec, vm, given);
    return {};
  },
};

type Limits = Readonly<Record<string, number | undefined>>;
type Exec = RootActionContext['exec'];

async function tuneCpu(exec: Exec, vm: string, { cpuShares, cpuQuotaPercent }: Limits): Promise<void> {
  if (cpuShares === undefined && cpuQuotaPercent === undefined) return;
  const present = await mustVirsh(exec, ['schedinfo', vm, '--live']);
  const figure = (name: string) => Number(new RegExp(`^${name}\\s*:\\s*(-?\\d+)$`, 'm').exec(present)?.[1]);
  const set: string[] = [];
  if (cpuShares !== undefined) {
    // The scale is the host's: of version 1 the port's own, where libvirt shows its normal value.
    const isVersion1 = figure('cpu_shares') >= NORMAL_SHARES;
    const shares = cpuShares === 0 ? NORMAL_SHARES : cpuShares;
    const weight = Math.max(1, Math.round((shares * NORMAL_WEIGHT) / NORMAL_SHARES));
    set.push('--set', `cpu_shares=${isVersion1 ? Math.max(2, shares) : weight}`);
  }
  if (cpuQuotaPercent !== undefined) {
    const period = figure('vcpu_period') || 100_000;
    const quota = cpuQuotaPercent === 0 ? -1 : Math.max(1_000, Math.round((cpuQuotaPercent * period) / 100));
    set.push('--set', `vcpu_quota=${quota}`);
  }
  await mustVirsh(exec, ['schedinfo', vm, '--live', ...set]);
}

async function tuneDisk(exec: Exec, vm: string, { iopsRead, iopsWrite }: Limits): Promise<void> {
  if (iopsRead === undefined && iopsWrite === undefined) return;
  // libvirt sets the whole group at once: the other direction is read and told again.
  const present = await mustVirsh(exec, ['blkdeviotune', vm, 'vda', '--live']);
  const figure = (name: string) =>
    Number(new RegExp(`^${name}\\s*:\\s*(\\d+)$`, 'm').exec(present)?.[1] ?? 0);
  const [read, write] = [iopsRead ?? figure('read_iops_sec'), iopsWrite ?? figure('write_iops_sec')];
  const argv = ['--read-iops-sec', String(read), '--write-iops-sec', String(write)];
  await mustVirsh(exec, ['blkdeviotune', vm, 'vda', '--live', ...argv]);
}

async function tuneNetwork(
  exec: Exec,
  vm: string,
  { bandwidthInKbit, bandwidthOutKbit }: Limits,
): Promise<void> {
  const argv: string[] = [];
  if (bandwidthInKbit !== undefined) argv.push('--inbound', rate(bandwidthInKbit));
  if (bandwidthOutKbit !== undefined) argv.push('--outbound', rate(bandwidthOutKbit));
  if (argv.length === 0) return;
  const cards = await mustVirsh(exec, ['domiflist', vm]);
  const [mac] = /52:54:00(:[0-9a-f]{2}){3}/.exec(cards) ?? [];
  if (mac === undefined) throw denied('The VM has no network card of ours.');
  await mustVirsh(exec, ['domiftune', vm, mac, '--live', ...argv]);
}

/** `average,peak,burst` of libvirt: kilobytes per second twice, then kilobytes. Zeros lift the limit. */
function rate(kbit: number): string {
  if (kbit === 0) return '0,0,0';
  const average = Math.max(1, Math.round(kbit / 8));
  return `${average},${2 * average},${average}`;
}
