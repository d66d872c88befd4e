import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { actionParameters, type Exec, type RootAction, sentenceOf } from '@blockhost/kernel';
import { isOff, requireOwnDomain } from './domain.js';
import { DOMAIN, UUID } from './parameters.js';
import { denied, failed } from './refusal.js';
import { cpuArguments, diskArguments, type Limits, networkArguments } from './tune-arguments.js';
import { mustVirsh, virsh } from './virsh.js';

const LOOK_MS = 500;
const MOST_LOOKS = 10;
const LIMIT = { type: 'integer', minimum: 0, maximum: 1_000_000_000 };
/** Only where version 1 of control groups weighs CPUs: a controller is in one of the two trees. */
const CPU_OF_VERSION_1 = '/sys/fs/cgroup/cpu/cpu.shares';

/**
 * Limits of a running VM (specification provisioners.md 6.7); 0 lifts one, a missing one stays. Each is tried, whatever
 * becomes of the others; the failure names those that are not in force.
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
  async run({ name, uuid, ...given }, { exec }) {
    const [vm, limits] = [String(uuid), given as Limits];
    const state = await requireOwnDomain(exec, String(name), vm);
    if (isOff(state))
      throw denied(`${String(name)} is off: limits are those of a running VM.`, 'Start it first.');
    const problems: string[] = [];
    for (const [what, tune] of Object.entries(TUNE))
      await tune(exec, vm, limits).catch((error: unknown) => problems.push(`${what}: ${sentenceOf(error)}`));
    if (problems.length > 0) throw failed(`Not in force: ${problems.join(' ')}`);
    return {};
  },
};

/** A libvirt that has just been started says of machines that it has not looked at yet that nothing limits them. */
async function schedinfo(exec: Exec, vm: string, ...argv: string[]): Promise<string> {
  for (let looks = 1; ; looks += 1) {
    const answered = await virsh(exec, ['schedinfo', vm, '--live', ...argv]);
    if (answered.kind === 'ok') return answered.text;
    const reason = answered.kind === 'failed' ? answered.reason : 'there is no such VM';
    if (!reason.includes('controller is not mounted') || looks === MOST_LOOKS)
      throw failed(`virsh schedinfo: ${reason}.`);
    await delay(LOOK_MS);
  }
}

const TUNE: Readonly<Record<string, (exec: Exec, vm: string, limits: Limits) => Promise<void>>> = {
  async CPU(exec, vm, limits) {
    if (limits.cpuShares === undefined && limits.cpuQuotaPercent === undefined) return;
    const version = await access(CPU_OF_VERSION_1).then(
      () => 1 as const,
      () => 2 as const,
    );
    const present = await schedinfo(exec, vm);
    await schedinfo(exec, vm, ...cpuArguments(limits, present, version));
  },

  async disk(exec, vm, limits) {
    if (limits.iopsRead === undefined && limits.iopsWrite === undefined) return;
    const present = await mustVirsh(exec, ['blkdeviotune', vm, 'vda', '--live']);
    await mustVirsh(exec, ['blkdeviotune', vm, 'vda', '--live', ...diskArguments(limits, present)]);
  },

  async bandwidth(exec, vm, limits) {
    const argv = networkArguments(limits);
    if (argv.length === 0) return;
    const cards = await mustVirsh(exec, ['domiflist', vm]);
    const [mac] = /52:54:00(:[0-9a-f]{2}){3}/.exec(cards) ?? [];
    if (mac === undefined) throw denied('The VM has no network card of ours.');
    await mustVirsh(exec, ['domiftune', vm, mac, '--live', ...argv]);
  },
};
