import type { Address } from '@blockhost/kernel';
import { Args } from '@blockhost/kernel/command';
import { formatAmount, formatCents } from '../../wallets/amount.js';
import { type Holding, holdingsOf } from '../../wallets/holdings.js';
import { argument } from '../../wallets/usage.js';
import { WalletCommand } from '../../wallets/wallet-command.js';

export default class WalletBalance extends WalletCommand {
  static override summary = 'Show what a wallet or contract holds';
  static override description =
    'Native coin, then the given token or every token that customers can pay with. A token without decimals is counted.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> server',
    '<%= config.bin %> <%= command.id %> 0x… stable',
    '<%= config.bin %> <%= command.id %> hot --json',
  ];
  static override enableJsonFlag = true;
  static override args = {
    of: Args.string({ name: 'ROLE', description: 'role, address or contract', required: true }),
    token: Args.string({ name: 'TOKEN', description: 'native, stable or an address' }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(WalletBalance);
    const { chain, book } = await this.host();
    const address = await argument('ROLE', () => book.address(args.of));
    const role = book.wallets.find((wallet) => chain.addresses.same(wallet.address, address))?.role;
    const { native, tokens } = await argument('TOKEN', () => holdingsOf(address, args.token, chain));
    this.result({ address, native: shown(native), tokens: tokens.map(shownToken) }, [
      `${book.find(args.of)?.role ?? role ?? 'address'} ${address}`,
      ...[native, ...tokens].map(line),
    ]);
  }
}

const amountOf = ({ asset, balance }: Holding) => formatAmount(balance, asset.decimals);

function line(holding: Holding): string {
  const worth = holding.cents === null ? '' : ` (~${formatCents(holding.cents)})`;
  return `${holding.asset.symbol.padEnd(12)} ${amountOf(holding)}${worth}`;
}

function shown(holding: Holding) {
  return { symbol: holding.asset.symbol, amount: amountOf(holding), base: holding.balance };
}

function shownToken(holding: Holding) {
  const { token, symbol, decimals }: { token: Address | null; symbol: string; decimals: number } =
    holding.asset;
  const cents = holding.cents === null ? null : Number(holding.cents);
  return {
    address: token,
    symbol,
    decimals,
    amount: amountOf(holding),
    base: holding.balance,
    usd_cents: cents,
  };
}
