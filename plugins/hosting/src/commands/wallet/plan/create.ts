import path from 'node:path';
import { acquireLock, type ChainEngine, type SigningKey, type TransactionJournal } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { answered } from '../../../wallets/answered.js';
import { hasNoEffect } from '../../../wallets/send-transaction.js';
import { transactionNote } from '../../../wallets/transaction-note.js';
import { usage } from '../../../wallets/usage.js';
import { sendingFlags, WalletCommand, type WalletHost } from '../../../wallets/wallet-command.js';

const LONGEST_NAME = 64;
const PRICE = /^[1-9][0-9]{0,76}$/;

export default class WalletPlanCreate extends WalletCommand {
  static override summary = 'Offer a plan and print its id';
  static override description = 'The id is read from the mined transaction.';
  static override examples = [
    "<%= config.bin %> <%= command.id %> 'Basic VM' 50",
    "<%= config.bin %> <%= command.id %> 'Basic VM' 50 --if-missing",
  ];
  static override enableJsonFlag = true;
  static override args = {
    name: Args.string({ name: 'NAME', description: 'what customers read, 1 to 64 bytes', required: true }),
    price: Args.string({ name: 'PRICE', description: 'US cents per day', required: true }),
  };
  static override flags = {
    'if-missing': Flags.boolean({
      summary: 'answer the active plan of this name and price, if there is one',
    }),
    timeout: sendingFlags.timeout,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(WalletPlanCreate);
    const price = checked(args.name, args.price);
    const host = await this.host();
    const owner = await this.ownerKey(host);
    const wish = { host, owner, name: args.name, price, timeout: flags.timeout };
    const present = flags['if-missing'] ? await this.#ensure(wish) : null;
    const id = present?.id ?? (await this.#create(wish));
    this.result(
      { plan_id: id, name: args.name, price, created: present === null || present.created },
      String(id),
    );
  }

  /** By at most one transaction, whoever asks besides and however often this is killed and given again. */
  async #ensure(wish: Wish): Promise<{ readonly id: bigint; readonly created: boolean }> {
    const { name, price, owner } = wish;
    const { chain, paths } = wish.host;
    using _ = await acquireLock(path.join(paths.run, 'plan-create.lock'), {
      timeoutMs: 300_000,
      purpose: `creating the plan "${name}"`,
      signal: this.signal,
    });
    const contract = chain.chain.contracts?.subscriptions ?? '';
    const note = transactionNote(paths, [chain.chain.id, contract, owner.address, name, String(price)]);
    // What an earlier run has sent is not in the list while it waits to be mined.
    const unsettled = (await note.load()) !== null;
    const present = unsettled ? null : await find(name, price, chain);
    if (present !== null) return { id: present, created: false };
    try {
      const id = await this.#create(wish, note);
      await note.clear();
      return { id, created: true };
    } catch (error) {
      if (hasNoEffect(error)) await note.clear();
      throw error;
    }
  }

  async #create({ host, owner, name, price, timeout }: Wish, journal?: TransactionJournal): Promise<bigint> {
    const { plans } = host.chain;
    const sending = { wait: true, timeout, ...(journal ? { journal } : {}) };
    const made = await this.send(host, plans.create(name, price), owner, sending);
    return answered(await plans.createdIn(made), 'The plan just created');
  }
}

interface Wish {
  readonly host: WalletHost;
  readonly owner: SigningKey;
  readonly name: string;
  readonly price: bigint;
  readonly timeout: number | undefined;
}

function checked(name: string, price: string): bigint {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > LONGEST_NAME)
    throw usage(`NAME: it has ${bytes} bytes, and may have 1 to ${LONGEST_NAME}.`);
  if (/\p{Cc}/u.test(name)) throw usage('NAME: it has a control character.');
  if (!PRICE.test(price)) throw usage('PRICE: it is not a positive whole number.');
  return BigInt(price);
}

async function find(name: string, price: bigint, { plans }: ChainEngine): Promise<bigint | null> {
  const all = answered(await plans.list(), 'The list of plans');
  return all.find((plan) => plan.active && plan.name === name && plan.priceCentsPerDay === price)?.id ?? null;
}
