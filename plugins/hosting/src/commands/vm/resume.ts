import { BlockhostError, CLOCK, type VmRecord } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { resumedUntil, resumeVm } from '../../vms/resume-vm.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmResume extends VmCommand {
  static override summary = 'Power a suspended VM on again';
  static override description =
    'Says nothing against a VM that is active. One whose paid time is over needs to be told until when it shall run; ' +
    'time that is recorded never shrinks.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> blockhost-001',
    '<%= config.bin %> <%= command.id %> blockhost-001 --extend-days 7',
    '<%= config.bin %> <%= command.id %> blockhost-001 --expires-at 2026-03-31T10:00:00Z --dry-run',
  ];
  static override args = { name: vmName };
  static override flags = {
    'expires-at': Flags.string({
      summary: 'until when it shall run, ISO 8601; wins over --extend-days',
      helpValue: 'TIME',
    }),
    'extend-days': Flags.integer({
      summary: 'days from now, or from the end of its paid time',
      helpValue: 'DAYS',
      min: 1,
    }),
    'dry-run': Flags.boolean({ summary: 'only say what would be' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmResume);
    const order = { expiresAt: flags['expires-at'], extendDays: flags['extend-days'] };
    const services = await this.services();
    const host = { ...services, clock: await this.get(CLOCK) };
    await this.onVm(args.name, 'resume', async (run) => {
      const vm = this.ofThisLife(await services.vms.get(args.name), args.name);
      if (vm.status === 'active') return this.tell(vm, false, `${vm.name} is active.`);
      const until = resumedUntil(vm, order, host.clock.now());
      if (flags['dry-run'])
        return this.tell({ ...vm, expiresAt: until }, true, `${vm.name} would run until ${until}.`);
      const resumed = await resumeVm(vm, order, host, run);
      this.tell(resumed, false, `${vm.name} runs, and is paid until ${resumed.expiresAt}.`);
    });
  }

  private tell(vm: VmRecord, dryRun: boolean, sentence: string): void {
    this.result({ name: vm.name, status: vm.status, expiresAt: vm.expiresAt, dryRun }, sentence);
  }

  /** Destroyed and unknown end with 1 (provisioners.md 3.6). */
  private ofThisLife(vm: VmRecord | null, name: string): VmRecord {
    if (vm && vm.status !== 'destroyed') return vm;
    throw new BlockhostError('vm-store.no-such-vm', `There is no VM named ${name} to resume.`, {
      remedy: 'List the VMs with `blockhost vm list --all`.',
      exitCode: 1,
    });
  }
}
