import { VM_STORE } from '@blockhost/kernel';
import { vmShape } from '../../state/vms-json.js';
import { fieldsFlag, VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

const schema = {
  type: 'object',
  required: ['expires_at'],
  additionalProperties: false,
  properties: { expires_at: vmShape.properties.expires_at },
};

export default class VmdbExtend extends VmdbCommand {
  static override summary = 'Record until when a VM is paid';
  static override description = 'Reads an object with expires_at. Paid time grows and never shrinks.';
  static override examples = [
    `<%= config.bin %> <%= command.id %> shop-1 --fields '{"expires_at": "2027-01-31T12:00:00Z"}'`,
  ];
  static override args = { name: vmArgument };
  static override flags = { fields: fieldsFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmdbExtend);
    const { expires_at } = await this.fields<{ expires_at: string }>(flags.fields, schema);
    await (await this.get(VM_STORE)).extendTo(args.name, expires_at);
    await this.answer(args.name);
  }
}
