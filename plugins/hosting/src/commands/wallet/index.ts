import { BlockhostError, hasCode, isBlockhostError, sentenceOf } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import type { SigningWallet } from '../../wallets/address-book.js';
import { formatAmount } from '../../wallets/amount.js';
import { answered } from '../../wallets/answered.js';
import { isPending } from '../../wallets/send-transaction.js';
import { argument, usage } from '../../wallets/usage.js';
import {
  type SendingFlags,
  sendingFlags,
  WalletCommand,
  type WalletHost,
} from '../../wallets/wallet-command.js';
import { keyOf } from '../../wallets/wallet-key.js';

export default class Wallet extends WalletCommand {
  static override summary = 'Look at and move the money of this host';
  static override description =
    'With --debug --cleanup: sends the native coin of every wallet with a key to one address, and prints wallet, amount and hash of each. For test hosts.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> balance server',
    '<%= config.bin %> <%= command.id %> --debug --cleanup 0x…',
  ];
  static override usage = [
    '<%= command.id %> VERB …',
    '<%= command.id %> --debug --cleanup ADDRESS [--force]',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    cleanup: Flags.string({
      summary: 'where everything goes: role or address',
      helpValue: 'ADDRESS',
      required: true,
    }),
    debug: Flags.boolean({ summary: 'must stand beside --cleanup' }),
    force: Flags.boolean({ summary: 'also on a chain whose coin is worth money' }),
    ...sendingFlags,
  };
  protected override readonly sendsSeveral = true;

  async run(): Promise<void> {
    const { flags } = await this.parse(Wallet);
    if (!flags.debug) throw usage('--cleanup empties every wallet: it needs --debug beside it.');
    const host = await this.host();
    const { chain, book } = host;
    const target = await argument('--cleanup', () => book.address(flags.cleanup));
    if (chain.chain.mainnet && !flags.force)
      throw new BlockhostError(
        'wallet.real-money',
        `The coin of ${chain.chain.displayName} is worth money.`,
        {
          remedy: 'Say --force if you mean it.',
        },
      );
    const failures: unknown[] = [];
    for (const wallet of sources(host, target)) {
      try {
        await this.#empty(host, wallet, target, flags);
      } catch (error) {
        if (this.signal.aborted || !isBlockhostError(error)) throw error;
        failures.push(error);
        this.note(`${wallet.role}: ${sentenceOf(error)}`);
      }
    }
    const [failure] = failures;
    if (failure === undefined) return;
    const onlyPending = failures.every((error) => hasCode(error, 'chain.transaction-pending'));
    throw onlyPending
      ? failure
      : new BlockhostError('wallet.not-emptied', 'Not every wallet could be emptied.', {
          cause: failures.find((error) => !isPending(error)),
        });
  }

  async #empty(host: WalletHost, wallet: SigningWallet, target: string, flags: SendingFlags): Promise<void> {
    const { chain } = host;
    const key = await keyOf(host, wallet);
    const fee = answered(await chain.funds.transferFee(), 'The fee of a transfer');
    const balance = answered(await chain.funds.nativeBalance(wallet.address), 'The balance');
    if (balance <= fee) {
      this.note(`${wallet.role} has less than a transfer costs.`);
      return;
    }
    const amount = balance - fee;
    const line = (hash: string) =>
      `${wallet.role} ${formatAmount(amount, chain.chain.native.decimals)} ${hash}`;
    const { hash } = await this.send(host, chain.funds.sendNative(target, amount), key, flags, line);
    this.tell({ role: wallet.role, transaction: hash, to: target, amount }, line(hash));
  }
}

/** Each wallet once, however many entries name it. */
function sources({ book, chain }: WalletHost, target: string): SigningWallet[] {
  const found: SigningWallet[] = [];
  for (const { role, address, keyfile } of book.wallets) {
    const known = [target, ...found.map((each) => each.address)];
    if (keyfile !== null && !known.some((each) => chain.addresses.same(each, address)))
      found.push({ role, address, keyfile });
  }
  return found;
}
