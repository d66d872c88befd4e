import { BlockhostError } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { AddressBookCommand, roleArgument } from '../../wallets/address-book-command.js';
import { changeAddressBook } from '../../wallets/change-address-book.js';
import { argument } from '../../wallets/usage.js';

export default class AddressbookAdd extends AddressBookCommand {
  static override summary = 'Name an address';
  static override examples = ['<%= config.bin %> <%= command.id %> friend 0x…'];
  static override enableJsonFlag = true;
  static override args = {
    name: roleArgument,
    address: Args.string({ name: 'ADDRESS', description: 'an address of the chain', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(AddressbookAdd);
    const name = this.changeable(args.name);
    const host = await this.host();
    const address = await argument('ADDRESS', () => host.chain.addresses.parse(args.address));
    await changeAddressBook(host, (present) => {
      if (!Object.hasOwn(present, name)) return { ...present, [name]: { address } };
      throw new BlockhostError('wallet.name-taken', `The address book has a wallet "${name}" already.`, {
        remedy: 'Choose another name, or change that one with `ab up`.',
      });
    });
    this.result({ name, address }, `${name} ${address}`);
  }
}
