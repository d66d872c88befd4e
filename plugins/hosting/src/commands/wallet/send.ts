import { Args, Flags } from '@blockhost/kernel/command';
import { formatAmount, MOST_DECIMALS, parseAmount } from '../../wallets/amount.js';
import { assetOf } from '../../wallets/asset.js';
import { requireBalance, transfer } from '../../wallets/transfer.js';
import { argument } from '../../wallets/usage.js';
import { sendingFlags, WalletCommand } from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class WalletSend extends WalletCommand {
  static override summary = 'Send native coin or a token';
  static override description = 'Prints the hash of the transaction.';
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
  static override flags = {
    ...sendingFlags,
    'dry-run': Flags.boolean({ summary: 'only simulate it: print what would be sent' }),
  };

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
    await requireBalance(asset, wallet.address, amount, chain);
    const draft = transfer(asset, to, amount, chain);
    const sent = { from: wallet.address, to, token: asset.token, amount };
    if (flags['dry-run']) {
      const fee = BigInt((await chain.transactions.sign(draft, key, this.signal)).maxFee);
      const { symbol, decimals } = chain.chain.native;
      return this.result(
        { status: 'simulated', ...sent, max_fee: fee },
        `${formatAmount(amount, asset.decimals)} ${asset.symbol} would go from ${wallet.address} to ${to}; the fee is ${formatAmount(fee, decimals)} ${symbol} at most`,
      );
    }
    const { hash } = await this.send(host, draft, key, flags);
    this.result({ transaction: hash, ...sent }, hash);
  }
}
