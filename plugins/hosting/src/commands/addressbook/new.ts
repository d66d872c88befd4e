import { AddressBookCommand, roleArgument } from '../../wallets/address-book-command.js';
import { newWallet } from '../../wallets/generate-wallet.js';

export default class AddressbookNew extends AddressBookCommand {
  static override summary = 'Make a wallet with a key of its own';
  static override description = 'The key is written to NAME.key beside the address book. Prints the address.';
  static override examples = ['<%= config.bin %> <%= command.id %> shop'];
  static override enableJsonFlag = true;
  static override args = { name: roleArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(AddressbookNew);
    const name = this.changeable(args.name);
    const address = await newWallet(await this.host(), name);
    this.result({ name, address }, address);
  }
}
