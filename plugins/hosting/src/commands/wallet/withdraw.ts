import { type Address, BlockhostError } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { answered } from '../../wallets/answered.js';
import { isNativeWord, tokenAddress } from '../../wallets/asset.js';
import { argument, usage } from '../../wallets/usage.js';
import { sendingFlags, WalletCommand, type WalletHost } from '../../wallets/wallet-command.js';

export default class WalletWithdraw extends WalletCommand {
  static override summary = 'Take what customers paid out of the contract';
  static override description =
    `Without a token: every token that customers can pay with and that is there. Prints one hash per token, and nothing
when there is nothing to withdraw.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> hot',
    '<%= config.bin %> <%= command.id %> stable admin',
  ];
  static override args = {
    first: Args.string({ name: '[TOKEN] TO', description: 'role or address', required: true }),
    second: Args.string({ name: 'TO', description: 'role or address, behind a token' }),
  };
  static override usage = '<%= command.id %> [TOKEN] TO';
  static override flags = sendingFlags;
  static override enableJsonFlag = true;
  protected override readonly sendsSeveral = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletWithdraw);
    const [token, recipient] =
      args.second === undefined ? [undefined, args.first] : [args.first, args.second];
    const host = await this.host();
    const { chain, book } = host;
    const to = await argument('TO', () => book.address(recipient));
    const owner = await this.ownerKey(host);
    if (token !== undefined && isNativeWord(token, chain))
      throw usage('TOKEN: the contract takes no native coin, so there is none to withdraw.');
    const tokens =
      token === undefined
        ? await paidWith(host)
        : [await argument('TOKEN', () => tokenAddress(token, chain))];
    const contract = chain.chain.contracts?.subscriptions;
    if (contract === undefined) throw new BlockhostError('chain.not-set-up', 'There is no contract yet.');
    for (const each of tokens) {
      const what = `The balance of ${each} in the contract`;
      if (answered(await chain.funds.tokenBalance(each, contract), what) === 0n) {
        this.note(`There is nothing to withdraw of ${each}.`);
        continue;
      }
      const { hash } = await this.send(host, chain.funds.withdraw(each, to), owner, flags);
      this.tell({ transaction: hash, token: each, to }, hash);
    }
  }
}

async function paidWith({ chain }: WalletHost): Promise<Address[]> {
  const methods = answered(await chain.funds.paymentMethods(), 'The list of payment methods');
  return [...new Set(methods.filter(({ active }) => active).map(({ token }) => token))];
}
