import { CONFIG, VM_STORE } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { type OrderFields, orderOf, orderProperties } from '../../vmdb/order-fields.js';
import { fieldsFlag, VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

const schema = {
  type: 'object',
  required: ['owner_wallet'],
  additionalProperties: false,
  properties: { ...orderProperties, vmids_in_use: { type: 'array', items: { type: 'integer', minimum: 1 } } },
};

export default class VmdbAllocate extends VmdbCommand {
  static override summary = 'Reserve name, addresses and number for a VM that is to be made';
  static override description =
    'Reads an object with owner_wallet, and if wanted operation_id, expires_at, username, plan_id, cpu, memory_mb and ' +
    'disk_gb. With vmids_in_use, the numbers that the hypervisor uses already, it gets one of vmid_range. The same ' +
    'operation_id gets the same again.';
  static override examples = [
    `<%= config.bin %> <%= command.id %> shop-1 --fields '{"owner_wallet": "0x…", "operation_id": "order-7"}'`,
  ];
  static override args = { name: vmArgument };
  static override flags = { fields: fieldsFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmdbAllocate);
    const fields = await this.fields<OrderFields & { vmids_in_use?: number[] }>(flags.fields, schema);
    const days = (await (await this.get(CONFIG)).find(DB_YAML))?.default_expiry_days ?? 30;
    const vms = await this.get(VM_STORE);
    await vms.reserve(orderOf(args.name, fields, days), {
      ...(fields.vmids_in_use && { vmidsInUse: fields.vmids_in_use }),
    });
    await this.answer(args.name);
  }
}
