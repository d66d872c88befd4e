import { CHAIN_CODEC, CONFIG } from '@blockhost/kernel';
import { BlockhostCommand } from '@blockhost/kernel/command';
import { ADDRESSBOOK_JSON } from '@blockhost/kernel/host-files';
import { AddressBook } from '../../wallets/address-book.js';

export default class AddressbookList extends BlockhostCommand {
  static override summary = 'Print the whole address book as JSON';
  static override description = 'Entries that cannot be used are printed too, and named on stderr.';
  static override examples = ['<%= config.bin %> <%= command.id %>'];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(AddressbookList);
    const [config, chain] = await Promise.all([this.get(CONFIG), this.get(CHAIN_CODEC)]);
    const content = (await config.find(ADDRESSBOOK_JSON)) ?? {};
    for (const problem of (await AddressBook.of(content, chain)).problems) this.progress(problem);
    this.result(content, JSON.stringify(content, null, 2));
  }
}
