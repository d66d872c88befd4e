import { BlockhostError, CLOCK, supports } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { formatAmount, MOST_DECIMALS, parseAmount } from '../../wallets/amount.js';
import { answered } from '../../wallets/answered.js';
import { isNativeWord, tokenOf } from '../../wallets/asset.js';
import { exchangeOrder } from '../../wallets/exchange-order.js';
import { requireBalance } from '../../wallets/transfer.js';
import { argument, usage } from '../../wallets/usage.js';
import { sendingFlags, WalletCommand } from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class WalletSwap extends WalletCommand {
  static override summary = 'Turn a token into native coin at the market of the chain';
  static override description =
    `The market is allowed exactly the amount, and must bring what it offers less dex.slippage_bps (100) of blockhost.yaml.
Prints the hash of the exchange.`;
  static override examples = ['<%= config.bin %> <%= command.id %> 20 stable native server'];
  static override enableJsonFlag = true;
  static override args = {
    amount: Args.string({ name: 'AMOUNT', description: 'of the token: 12 or 0.5', required: true }),
    token: Args.string({ name: 'TOKEN', description: 'stable or an address', required: true }),
    native: Args.string({ name: 'NATIVE', description: 'the native coin', required: true }),
    wallet: Args.string({ name: 'WALLET', description: 'role or address with a key', required: true }),
  };
  static override flags = { timeout: sendingFlags.timeout };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletSwap);
    await argument('AMOUNT', () => parseAmount(args.amount, MOST_DECIMALS));
    const host = await this.host();
    const { chain, book, config } = host;
    if (!isNativeWord(args.native, chain))
      throw usage(`NATIVE: "${args.native}" is not the native coin: ${chain.chain.native.words.join(', ')}.`);
    if (isNativeWord(args.token, chain)) throw usage('TOKEN: it is the native coin itself.');
    const wallet = await argument('WALLET', () => book.signer(args.wallet));
    const key = await keyOf(host, wallet);
    const { swap } = chain;
    if (!supports(chain, 'swap') || swap === undefined) throw noMarket();
    const token = await argument('TOKEN', () => tokenOf(args.token, chain));
    const amount = await argument('AMOUNT', () => parseAmount(args.amount, token.decimals));
    await requireBalance(token, wallet.address, amount, chain);
    const offer = async () => {
      const quote = await swap.quote(token.token, amount);
      if (quote.kind === 'absent') throw noMarket();
      return answered(quote, 'The offer of the market');
    };
    await offer();

    const waiting = { ...flags, wait: true };
    const approval = await swap.approval(token.token, amount, wallet.address);
    if (approval.kind !== 'absent')
      for (const draft of answered(approval, 'The allowance of the market'))
        await this.send(host, draft, key, waiting);
    const quote = await offer();
    const order = await exchangeOrder(config, {
      token: token.token,
      amount,
      quote,
      to: wallet.address,
      head: answered(await chain.blocks.head(), 'The head of the chain'),
      now: (await this.get(CLOCK)).now(),
    });
    const { symbol, decimals } = chain.chain.native;
    this.note(`The market offered ${formatAmount(quote, decimals)} ${symbol}.`);
    const { hash } = await this.send(host, swap.exchange(order), key, waiting);
    this.result({ transaction: hash, token: token.token, amount, minimum_out: order.minimumOut }, hash);
  }
}

function noMarket(): BlockhostError {
  return new BlockhostError('wallet.no-market', 'No market for this token is known on this chain.', {
    remedy: 'Name one in web3-defaults.yaml, or exchange it elsewhere.',
  });
}
