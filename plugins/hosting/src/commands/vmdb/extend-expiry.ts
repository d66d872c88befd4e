import { Args } from '@blockhost/kernel/command';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';
import { requireVm } from '../../vms/find-vm.js';

const DAY_MS = 86_400_000;
/** A century: more is a slip of the hand, and soon no date. */
const MOST_DAYS = 36_525;

export default class VmdbExtendExpiry extends VmdbCommand {
  static override summary = 'Add days to the paid time of a VM';
  static override description =
    'Counted from its recorded end. Prints NEEDS_RESUME in a second line when the VM is suspended.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001 30'];
  static override args = {
    name: vmArgument,
    days: Args.integer({ name: 'DAYS', description: 'days to add', required: true, min: 1, max: MOST_DAYS }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbExtendExpiry);
    const { until, status } = await (await this.records()).write(async (tx) => {
      const row = await requireVm(tx, args.name);
      const until = new Date(Date.parse(row.expires_at) + args.days * DAY_MS).toISOString();
      await tx('vms').where({ id: row.id }).whereNot('status', 'destroyed').update({ expires_at: until });
      return { until, status: row.status };
    });
    const lines = [`Extended ${args.name} by ${args.days} days, to ${until}`];
    this.result(null, status === 'suspended' ? [...lines, 'NEEDS_RESUME'] : lines);
  }
}
