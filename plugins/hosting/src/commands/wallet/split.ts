import { Args } from '@blockhost/kernel/command';
import { formatAmount, MOST_DECIMALS, parseAmount } from '../../wallets/amount.js';
import { assetOf } from '../../wallets/asset.js';
import { parseRatios, splitShares } from '../../wallets/split-shares.js';
import { requireBalance, transfer } from '../../wallets/transfer.js';
import { argument, usage } from '../../wallets/usage.js';
import { orderFlags, sendingFlags, WalletCommand } from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class WalletSplit extends WalletCommand {
  static override summary = 'Send parts of an amount to several recipients';
  static override description =
    `Each gets its part rounded down, the last one the rest. Every recipient is known before the first part is
sent; the first failure ends it. Prints one hash per recipient, in order. Given again after it was killed or failed half-way it
goes on with what was sent.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 100 stable 60/40 hot dev broker',
    '<%= config.bin %> <%= command.id %> 1 native 1,2,1 server dev broker 0x…',
    '<%= config.bin %> <%= command.id %> 100 stable 60/40 hot dev broker --dry-run',
  ];
  static override args = {
    amount: Args.string({ name: 'AMOUNT', description: 'decimal: 12 or 0.5', required: true }),
    token: Args.string({ name: 'TOKEN', description: 'native, stable or an address', required: true }),
    ratios: Args.string({ name: 'RATIOS', description: '60/40 or 1,2,1', required: true }),
    from: Args.string({ name: 'FROM', description: 'role or address with a key', required: true }),
    to: Args.string({
      name: 'TO',
      description: 'roles or addresses, two or more',
      required: true,
      multiple: true,
    }),
  };
  static override flags = { ...sendingFlags, ...orderFlags };
  static override enableJsonFlag = true;
  protected override readonly sendsSeveral = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletSplit);
    const recipients = [args.to].flat();
    if (recipients.length < 2) throw usage('TO: there is one recipient, and a split needs two or more.');
    await argument('AMOUNT', () => parseAmount(args.amount, MOST_DECIMALS));
    const ratios = await argument('RATIOS', () => parseRatios(args.ratios, recipients.length));
    const host = await this.host();
    const { chain, book } = host;
    const wallet = await argument('FROM', () => book.signer(args.from));
    const addresses = await Promise.all(recipients.map((word) => argument('TO', () => book.address(word))));
    const key = await keyOf(host, wallet);
    const asset = await argument('TOKEN', () => assetOf(args.token, chain));
    const total = await argument('AMOUNT', () => parseAmount(args.amount, asset.decimals));
    const shares = splitShares(total, ratios);
    if (shares.some((share) => share === 0n))
      throw usage('AMOUNT: it is too little: one of the recipients would get nothing.');
    const words = [
      'split',
      wallet.address,
      asset.token,
      ...addresses.flatMap((to, at) => [to, shares[at] ?? 0n]),
    ];
    const what = `split ${formatAmount(total, asset.decimals)} ${asset.symbol} from ${wallet.address}`;
    const order = await this.order(host, words, what, flags);
    const sent = await order.legs();
    const left = shares.reduce((sum, share, at) => (sent.includes(`${at + 1}`) ? sum : sum + share), 0n);
    if (left > 0n) await requireBalance(asset, wallet.address, left, chain);
    for (const [place, to] of addresses.entries()) {
      const amount = shares[place] ?? 0n;
      const facts = { from: wallet.address, to, token: asset.token, amount };
      const draft = () => transfer(asset, to, amount, chain);
      if (flags['dry-run']) {
        const shown = `${formatAmount(amount, asset.decimals)} ${asset.symbol}`;
        await this.foretell(host, draft(), key, facts, `${shown} would go from ${wallet.address} to ${to}`);
        continue;
      }
      const { hash } = await this.pay(host, order, `${place + 1}`, draft, key, flags);
      this.tell({ transaction: hash, ...facts }, hash);
    }
  }
}
