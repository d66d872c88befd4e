import { basename, dirname, resolve } from 'node:path';
import { BlockhostError } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { AddressBookCommand } from '../../wallets/address-book-command.js';
import { changeAddressBook } from '../../wallets/change-address-book.js';
import { argument, usage } from '../../wallets/usage.js';
import { keyOf } from '../../wallets/wallet-key.js';

const SKIPPED = '-';

export default class Addressbook extends AddressBookCommand {
  static override summary = 'Names for addresses, and the wallets of this host';
  static override description =
    `With --init: begins an empty book. The last word is the key file of the server's wallet; "-" skips a place, so that
the broker can be named without the developers.`;
  static override usage = [
    '<%= command.id %> VERB …',
    '<%= command.id %> --init ADMIN SERVER [DEV] [BROKER] KEYFILE',
  ];
  static override examples = [
    '<%= config.bin %> <%= command.id %> list',
    '<%= config.bin %> <%= command.id %> --init 0x… 0x… /etc/blockhost/deployer.key',
    '<%= config.bin %> <%= command.id %> --init 0x… 0x… - 0x… /etc/blockhost/deployer.key',
  ];
  static override enableJsonFlag = true;
  static override args = {
    words: Args.string({ name: 'WORDS', description: 'as the usage says', multiple: true }),
  };
  static override flags = {
    init: Flags.boolean({ summary: 'begin the book with these wallets', required: true }),
  };

  async run(): Promise<void> {
    if (!this.argv.includes('--init'))
      throw usage(`There is no verb "${this.argv[0]}".`, 'See what there is: ab --help');
    const { args } = await this.parse(Addressbook);
    const words = [args.words ?? []].flat();
    if (words.length < 3 || words.length > 5)
      throw usage(`--init takes 3 to 5 words, and got ${words.length}.`, 'See how: ab --help');
    const host = await this.host();
    const keyfile = this.#keyfile(String(words.pop()), host.paths.config);
    const [admin = '', server = '', ...shares] = words;
    const book: Record<string, { address: string; keyfile?: string }> = {
      admin: { address: await argument('ADMIN', () => host.chain.addresses.parse(admin)) },
      server: { address: await argument('SERVER', () => host.chain.addresses.parse(server)), keyfile },
    };
    for (const [place, role] of ['dev', 'broker'].entries()) {
      const word = shares[place] ?? SKIPPED;
      if (word === SKIPPED) continue;
      const address = await argument(role.toUpperCase(), () => host.chain.addresses.parse(word));
      if (host.chain.addresses.same(address, book.admin?.address ?? ''))
        throw usage(
          `${role.toUpperCase()}: it is the administrator's own address.`,
          'Leave it out with "-".',
        );
      book[role] = { address };
    }
    await keyOf(host, { role: 'server', address: book.server?.address ?? '', keyfile });
    await changeAddressBook(host, (present) => {
      if (Object.keys(present).length === 0) return book;
      throw new BlockhostError('wallet.book-in-use', 'The address book has entries already.', {
        remedy: 'Change it with `ab add`, `ab up` and `ab del`.',
      });
    });
    this.result(book, []);
  }

  /** The path as it is written into the book: below the configuration folder, wherever that is. */
  #keyfile(word: string, folder: string): string {
    const file = resolve(word);
    const name = basename(file);
    if (![folder, '/etc/blockhost'].includes(dirname(file)) || !/^.+\.key$/.test(name))
      throw usage(`KEYFILE: "${word}" is not a .key file directly below ${folder}.`);
    return `/etc/blockhost/${name}`;
  }
}
