import { BlockhostError, CLOCK, supports } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { formatAmount, MOST_DECIMALS, parseAmount } from '../../wallets/amount.js';
import { answered } from '../../wallets/answered.js';
import { isNativeWord, tokenOf } from '../../wallets/asset.js';
import { exchangeOrder } from '../../wallets/exchange-order.js';
import { requireBalance } from '../../wallets/transfer.js';
import { argument, usage } from '../../wallets/usage.js';
import { orderFlags, sendingFlags, WalletCommand } from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class WalletSwap extends WalletCommand {
  static override summary = 'Turn a token into native coin at the market of the chain';
  static override description =
    `The market is allowed exactly the amount, and must bring what it offers less dex.slippage_bps (100) of blockhost.yaml.
Prints the hash of the exchange. Given again after it was killed it goes on with what was sent.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 20 stable native server',
    '<%= config.bin %> <%= command.id %> 20 stable native server --dry-run',
  ];
  static override enableJsonFlag = true;
  static override args = {
    amount: Args.string({ name: 'AMOUNT', description: 'of the token: 12 or 0.5', required: true }),
    token: Args.string({ name: 'TOKEN', description: 'stable or an address', required: true }),
    native: Args.string({ name: 'NATIVE', description: 'the native coin', required: true }),
    wallet: Args.string({ name: 'WALLET', description: 'role or address with a key', required: true }),
  };
  static override flags = { timeout: sendingFlags.timeout, ...orderFlags };

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
    const { symbol, decimals } = chain.chain.native;
    const words = ['swap', wallet.address, token.token, amount];
    const shown = `${formatAmount(amount, token.decimals)} ${token.symbol}`;
    const remembered = await this.order(host, words, `swap ${shown} of ${wallet.address}`, flags);
    const sent = await remembered.legs();
    const waiting = { ...flags, wait: true };
    if (!sent.includes(EXCHANGE)) await requireBalance(token, wallet.address, amount, chain);
    const offer = async () => {
      const quote = await swap.quote(token.token, amount);
      if (quote.kind === 'absent') throw noMarket();
      return answered(quote, 'The offer of the market');
    };
    const exchange = async () => {
      const quote = await offer();
      this.note(`The market offered ${formatAmount(quote, decimals)} ${symbol}.`);
      return exchangeOrder(config, {
        token: token.token,
        amount,
        quote,
        to: wallet.address,
        head: answered(await chain.blocks.head(), 'The head of the chain'),
        now: (await this.get(CLOCK)).now(),
      });
    };
    const allowances = async () => {
      const approval = await swap.approval(token.token, amount, wallet.address);
      return approval.kind === 'absent' ? [] : answered(approval, 'The allowance of the market');
    };
    if (flags['dry-run']) {
      const order = await exchange();
      const facts = { from: wallet.address, token: token.token, amount, minimum_out: order.minimumOut };
      const sentence = `${shown} would become ${formatAmount(order.minimumOut, decimals)} ${symbol} or more`;
      const [allowance] = await allowances();
      if (allowance === undefined) return this.foretell(host, swap.exchange(order), key, facts, sentence);
      // No node simulates what the market is not allowed yet.
      const first = 'the market would be allowed the amount first, and of that alone the fee is known';
      return this.foretell(host, allowance, key, facts, `${sentence}; ${first}`);
    }

    let minimumOut: bigint | null = null;
    if (!sent.includes(EXCHANGE)) {
      await offer();
      for (const leg of sent) await this.pay(host, remembered, leg, gone, key, waiting);
      for (const [place, draft] of (await allowances()).entries())
        await this.pay(host, remembered, `allowance-${sent.length + place + 1}`, () => draft, key, waiting);
    }
    const draft = async () => {
      const order = await exchange();
      minimumOut = order.minimumOut;
      return swap.exchange(order);
    };
    const { hash } = await this.pay(host, remembered, EXCHANGE, draft, key, waiting);
    this.result({ transaction: hash, token: token.token, amount, minimum_out: minimumOut }, hash);
  }
}

const EXCHANGE = 'exchange';

/** What was sent a moment ago has failed in another process meanwhile. */
function gone(): never {
  throw new BlockhostError('wallet.order-changed', 'The same order is carried out by another process.', {
    remedy: 'Wait until that is done, and look with `blockhost funds status` what became of it.',
  });
}

function noMarket(): BlockhostError {
  return new BlockhostError('wallet.no-market', 'No market for this token is known on this chain.', {
    remedy: 'Name one in web3-defaults.yaml, or exchange it elsewhere.',
  });
}
