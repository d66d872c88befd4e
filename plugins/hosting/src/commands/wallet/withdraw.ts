import { type Address, BlockhostError } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { formatAmount } from '../../wallets/amount.js';
import { answered } from '../../wallets/answered.js';
import { isNativeWord, tokenAddress, tokenFacts } from '../../wallets/asset.js';
import { argument, usage } from '../../wallets/usage.js';
import { orderFlags, sendingFlags, WalletCommand, type WalletHost } from '../../wallets/wallet-command.js';

export default class WalletWithdraw extends WalletCommand {
  static override summary = 'Take what customers paid out of the contract';
  static override description =
    `Without a token: every token that customers can pay with and that is there. Prints one hash per token, and nothing
when there is nothing to withdraw. Given again after it was killed it goes on with what was sent.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> hot',
    '<%= config.bin %> <%= command.id %> stable admin',
    '<%= config.bin %> <%= command.id %> hot --dry-run',
  ];
  static override args = {
    first: Args.string({ name: '[TOKEN] TO', description: 'role or address', required: true }),
    second: Args.string({ name: 'TO', description: 'role or address, behind a token' }),
  };
  static override usage = '<%= command.id %> [TOKEN] TO';
  static override flags = { ...sendingFlags, ...orderFlags };
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
    const words = ['withdraw', contract, token === undefined ? null : String(tokens[0]), to];
    const order = await this.order(host, words, `withdraw ${token ?? 'every token'} to ${to}`, flags);
    const sent = await order.legs();
    for (const each of new Set([...sent, ...tokens])) {
      const draft = () => chain.funds.withdraw(each, to);
      const what = `The balance of ${each} in the contract`;
      const balance = answered(await chain.funds.tokenBalance(each, contract), what);
      if (balance === 0n && (flags['dry-run'] || !sent.includes(each)))
        this.note(`There is nothing to withdraw of ${each}.`);
      else if (flags['dry-run']) {
        const amount = formatAmount(balance, (await tokenFacts(each, chain))?.decimals ?? 0);
        const sentence = `${amount} of ${each} would go from the contract to ${to}`;
        await this.foretell(host, draft(), owner, { token: each, to, amount: balance }, sentence);
      } else {
        const { hash } = await this.pay(host, order, each, draft, owner, flags);
        this.tell({ transaction: hash, token: each, to }, hash);
      }
    }
  }
}

async function paidWith({ chain }: WalletHost): Promise<Address[]> {
  const methods = answered(await chain.funds.paymentMethods(), 'The list of payment methods');
  return [...new Set(methods.filter(({ active }) => active).map(({ token }) => token))];
}
