import path from 'node:path';
import { acquireLock, type ChainEngine } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { answered } from '../../../wallets/answered.js';
import { usage } from '../../../wallets/usage.js';
import { sendingFlags, WalletCommand } from '../../../wallets/wallet-command.js';

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
    const { chain, paths } = host;
    const owner = await this.ownerKey(host);
    // Two that ask at once for what is missing must not both make it.
    using _ = flags['if-missing']
      ? await acquireLock(path.join(paths.run, 'plan-create.lock'), {
          timeoutMs: 300_000,
          purpose: `creating the plan "${args.name}"`,
          signal: this.signal,
        })
      : null;
    const present = flags['if-missing'] ? await find(args.name, price, chain) : null;
    const made =
      present ??
      (await this.send(host, chain.plans.create(args.name, price), owner, { ...flags, wait: true }));
    const id =
      typeof made === 'bigint' ? made : answered(await chain.plans.createdIn(made), 'The plan just created');
    this.result({ plan_id: id, name: args.name, price, created: present === null }, String(id));
  }
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
