import { Args } from '@blockhost/kernel/command';
import { formatAmount, MOST_DECIMALS, parseAmount } from '../../wallets/amount.js';
import { assetOf } from '../../wallets/asset.js';
import { requireBalance, transfer } from '../../wallets/transfer.js';
import { argument } from '../../wallets/usage.js';
import { orderFlags, sendingFlags, WalletCommand } from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class WalletSend extends WalletCommand {
  static override summary = 'Send native coin or a token';
  static override description =
    'Prints the hash of the transaction. Given again after it was killed or timed out it goes on with that transaction.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0.5 native server hot',
    '<%= config.bin %> <%= command.id %> 25 stable hot 0x…',
    '<%= config.bin %> <%= command.id %> 25 stable hot 0x… --dry-run',
  ];
  static override enableJsonFlag = true;
  static override args = {
    amount: Args.string({ name: 'AMOUNT', description: 'decimal: 12 or 0.5', required: true }),
    token: Args.string({ name: 'TOKEN', description: 'native, stable or an address', required: true }),
    from: Args.string({ name: 'FROM', description: 'role or address with a key', required: true }),
    to: Args.string({ name: 'TO', description: 'role or address', required: true }),
  };
  static override flags = { ...sendingFlags, ...orderFlags };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletSend);
    await argument('AMOUNT', () => parseAmount(args.amount, MOST_DECIMALS));
    const host = await this.host();
    const { chain, book } = host;
    const wallet = await argument('FROM', () => book.signer(args.from));
    const to = await argument('TO', () => book.address(args.to));
    const key = await keyOf(host, wallet);
    const asset = await argument('TOKEN', () => assetOf(args.token, chain));
    const amount = await argument('AMOUNT', () => parseAmount(args.amount, asset.decimals));
    const shown = `${formatAmount(amount, asset.decimals)} ${asset.symbol}`;
    const words = ['send', wallet.address, to, asset.token, amount];
    const order = await this.order(host, words, `send ${shown} from ${wallet.address} to ${to}`, flags);
    if ((await order.legs()).length === 0) await requireBalance(asset, wallet.address, amount, chain);
    const draft = transfer(asset, to, amount, chain);
    const sent = { from: wallet.address, to, token: asset.token, amount };
    if (flags['dry-run'])
      return this.foretell(host, draft, key, sent, `${shown} would go from ${wallet.address} to ${to}`);
    const { hash } = await this.pay(host, order, '1', () => draft, key, flags);
    this.result({ transaction: hash, ...sent }, hash);
  }
}
