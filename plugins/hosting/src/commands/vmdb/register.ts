import { CONFIG, type CreatedVm, VM_STORE, type VmRecord } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { vmShape } from '../../state/vms-json.js';
import { type OrderFields, orderOf, orderProperties } from '../../vmdb/order-fields.js';
import { fieldsFlag, VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';
import { usage } from '../../wallets/usage.js';

const { ip_address, ipv6_address, mac, template, login_port } = vmShape.properties;
const schema = {
  type: 'object',
  required: ['backend_ref'],
  additionalProperties: false,
  properties: {
    ...orderProperties,
    backend_ref: { type: 'string', minLength: 1 },
    ip_address,
    ipv6_address,
    mac,
    template,
    login_port,
  },
};

interface RegisterFields extends Partial<OrderFields> {
  readonly backend_ref: string;
  readonly ip_address?: string | null;
  readonly ipv6_address?: string | null;
  readonly mac?: string | null;
  readonly template?: string | null;
  readonly login_port?: number;
}

export default class VmdbRegister extends VmdbCommand {
  static override summary = 'Record that a VM stands';
  static override description =
    'Reads an object with backend_ref, and if wanted ip_address, ipv6_address, username, mac, template and login_port; ' +
    'addresses that are not named are those that were allocated. A VM that was never allocated needs owner_wallet, and ' +
    'takes the other keys of `allocate`.';
  static override examples = [
    `<%= config.bin %> <%= command.id %> shop-1 --fields '{"backend_ref": "node/131"}'`,
  ];
  static override args = { name: vmArgument };
  static override flags = { fields: fieldsFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmdbRegister);
    const fields = await this.fields<RegisterFields>(flags.fields, schema);
    const vms = await this.get(VM_STORE);
    const known = await vms.get(args.name);
    const record =
      known && known.status !== 'destroyed'
        ? known
        : await vms.reserve(await this.order(args.name, fields), { addresses: false });
    await vms.publish(record.name, record.operationId, madeOf(record, fields));
    await this.answer(args.name);
  }

  private async order(name: string, fields: RegisterFields) {
    const { owner_wallet } = fields;
    if (owner_wallet === undefined)
      throw usage(
        `${name} was never allocated: whose it is must be said.`,
        'Add owner_wallet to the object.',
      );
    const days = (await (await this.get(CONFIG)).find(DB_YAML))?.default_expiry_days ?? 30;
    return orderOf(name, { ...fields, owner_wallet }, days);
  }
}

function madeOf(record: VmRecord, fields: RegisterFields): CreatedVm {
  return {
    name: record.name,
    backendRef: fields.backend_ref,
    username: fields.username ?? record.username,
    ipv4: fields.ip_address === undefined ? record.ipv4 : fields.ip_address,
    ipv6: fields.ipv6_address === undefined ? record.ipv6 : fields.ipv6_address,
    loginPort: fields.login_port ?? record.loginPort,
    mac: fields.mac ?? record.mac,
    template: fields.template ?? record.template,
  };
}
