import { type UpdateFields, updateSchema, updateVm } from '../../vmdb/update-vm.js';
import { fieldsFlag, VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbUpdate extends VmdbCommand {
  static override summary = 'Change keys of the record of a VM';
  static override description =
    'Reads an object with owner_wallet, gecos_synced, desired_power, destroy_pending, throttle, fqdn, mac, template, plan_id, ' +
    'or keys that only other programs know. State, times, addresses and credential change by commands of their own.';
  static override examples = [
    `<%= config.bin %> <%= command.id %> shop-1 --fields '{"desired_power": "off"}'`,
  ];
  static override args = { name: vmArgument };
  static override flags = { fields: fieldsFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmdbUpdate);
    const fields = await this.fields<UpdateFields>(flags.fields, updateSchema);
    await (await this.records()).write((tx) => updateVm(tx, args.name, fields));
    await this.answer(args.name);
  }
}
