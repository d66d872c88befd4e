import { BlockhostError } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { usableWallets } from '@blockhost/kernel/host-files';
import { AddressBookCommand, roleArgument } from '../../wallets/address-book-command.js';
import { entryOf } from '../../wallets/book-entry.js';
import { changeAddressBook } from '../../wallets/change-address-book.js';
import { argument } from '../../wallets/usage.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class AddressbookUp extends AddressBookCommand {
  static override summary = 'Give a wallet another address';
  static override description =
    'Its key file is kept; the address is refused when that is the key of another one.';
  static override examples = ['<%= config.bin %> <%= command.id %> friend 0x…'];
  static override enableJsonFlag = true;
  static override args = {
    name: roleArgument,
    address: Args.string({ name: 'ADDRESS', description: 'an address of the chain', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(AddressbookUp);
    const role = this.changeable(args.name);
    const host = await this.host();
    const address = await argument('ADDRESS', () => host.chain.addresses.parse(args.address));
    await changeAddressBook(host, async (present) => {
      const entry = { ...(entryOf(present, role) as object | null), address };
      const { wallets, problems } = await usableWallets({ [role]: entry });
      const keyfile = wallets[role]?.keyfile;
      if (problems.length > 0)
        throw new BlockhostError('wallet.bad-entry', `The entry stays wrong: ${problems.join('; ')}.`, {
          remedy: 'Correct addressbook.json by hand.',
        });
      if (keyfile !== undefined) await keyOf(host, { role, address, keyfile });
      return { ...present, [role]: entry };
    });
    this.result({ name: role, address }, []);
  }
}
