import { BlockhostError, type VmLimits } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { throttleVm } from '../../vms/throttle-vm.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';
import { LIMITS, limitNames, noLimits, readLimits } from '../../vms/vm-limits.js';

const { cpuShares, cpuQuotaPercent, bandwidthInKbit, bandwidthOutKbit, iopsRead, iopsWrite } = LIMITS;
const option = ({ unit }: { readonly unit: string }) => Flags.integer({ summary: unit, helpValue: 'N' });

export default class VmThrottle extends VmCommand {
  static override summary = 'Limit what a VM may use, or show its limits';
  static override description =
    'Limits that are not named stay. They are recorded, and in force again after each start. In is towards the guest.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> blockhost-001 --cpu-quota 50 --bandwidth-out 10000',
    '<%= config.bin %> <%= command.id %> blockhost-001 --show',
    '<%= config.bin %> <%= command.id %> blockhost-001 --reset',
  ];
  static override args = { name: vmName };
  static override flags = {
    'cpu-shares': option(cpuShares),
    'cpu-quota': option(cpuQuotaPercent),
    'bandwidth-in': option(bandwidthInKbit),
    'bandwidth-out': option(bandwidthOutKbit),
    'iops-read': option(iopsRead),
    'iops-write': option(iopsWrite),
    reset: Flags.boolean({ summary: 'lift every limit' }),
    show: Flags.boolean({ summary: 'only print the recorded limits' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmThrottle);
    const { show, reset, 'dry-run': dryRun, json: _, ...values } = flags;
    const named = readLimits(values as Readonly<Record<string, number | undefined>>);
    const limits: VmLimits = reset ? { ...noLimits, ...named } : named;
    const { vms, provisioner } = await this.services();
    const vm = await this.live(vms, args.name);
    if (show) {
      if (Object.keys(vm.limits).length === 0) this.progress(`${vm.name} has no limits.`);
      return this.result(vm.limits, linesOf(vm.limits));
    }
    if (Object.keys(limits).length === 0)
      throw new BlockhostError('vm.no-limit', 'No limit is named.', {
        remedy: 'Name at least one, or say --show or --reset.',
        exitCode: 2,
      });
    this.require(provisioner, 'throttle');
    if (dryRun) return this.result(limits, linesOf(limits));
    const told = (limit: VmLimits) => this.jsonEnabled() || this.result(limit, linesOf(limit));
    await this.onVm(args.name, 'throttle', async (run) => {
      const recorded = await throttleVm(
        await this.live(vms, args.name),
        limits,
        { vms, provisioner },
        run,
        told,
      );
      if (this.jsonEnabled()) this.result(recorded.limits, []);
    });
  }
}

function linesOf(limits: VmLimits): string[] {
  return limitNames
    .filter((name) => limits[name] !== undefined)
    .map((name) => `${LIMITS[name].flag}\t${limits[name] ?? 'no limit'}`);
}
