import { CHAIN_CODEC, type ChainCodec, CONFIG, PATHS, PRIVILEGED_ACTIONS } from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { ROLE } from '@blockhost/kernel/host-files';
import { type BookHost, writesItself } from './change-address-book.js';
import { usage } from './usage.js';

/** What BlockHost itself relies on; only the set-up and the root agent change these. */
const RESERVED: readonly string[] = ['server', 'admin', 'hot', 'dev', 'broker'];

export const roleArgument = Args.string({
  name: 'NAME',
  description: '1 to 32 lower-case letters, digits and dashes',
  required: true,
});

/** What the verbs of `ab` have in common. Neither a node nor a set-up is needed: addresses are checked by their form. */
export abstract class AddressBookCommand extends BlockhostCommand {
  protected async host(): Promise<BookHost & { readonly chain: ChainCodec }> {
    const [chain, config, paths] = await Promise.all([
      this.get(CHAIN_CODEC),
      this.get(CONFIG),
      this.get(PATHS),
    ]);
    return {
      chain,
      config,
      paths,
      rootAgent: (await writesItself({ paths })) ? null : await this.find(PRIVILEGED_ACTIONS),
    };
  }

  /** `name` when an operator may change what it names; throws `command.usage`. */
  protected changeable(name: string): string {
    if (!ROLE.test(name)) throw usage(`NAME: "${name.slice(0, 80)}" is not ${roleArgument.description}.`);
    if (RESERVED.includes(name))
      throw usage(`NAME: "${name}" is reserved.`, 'The set-up and the host itself keep this entry.');
    return name;
  }
}
