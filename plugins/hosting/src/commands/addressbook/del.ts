import { AddressBookCommand, roleArgument } from '../../wallets/address-book-command.js';
import { entryOf } from '../../wallets/book-entry.js';
import { changeAddressBook } from '../../wallets/change-address-book.js';

export default class AddressbookDel extends AddressBookCommand {
  static override summary = 'Forget a wallet';
  static override description = 'Its key file, if it has one, stays where it is.';
  static override examples = ['<%= config.bin %> <%= command.id %> friend'];
  static override enableJsonFlag = true;
  static override args = { name: roleArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(AddressbookDel);
    const name = this.changeable(args.name);
    await changeAddressBook(await this.host(), (present) => {
      entryOf(present, name);
      const { [name]: _, ...others } = present;
      return others;
    });
    this.result({ name }, []);
  }
}
