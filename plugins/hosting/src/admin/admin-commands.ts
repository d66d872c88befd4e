import { type AdminOrder, hasCode, sentenceOf } from '@blockhost/kernel';
import { SERVER_KEY } from '@blockhost/kernel/host-files';
import type { RangeWatcher } from '../monitor/range-watcher.js';
import type { Host } from '../pipeline/host.js';
import { type AdminSettings, readAdminSettings } from './admin-settings.js';
import { administrator } from './administrator.js';
import { type CommandDefinition, CommandDefinitions } from './command-definitions.js';
import { FreshBlocks } from './fresh-blocks.js';
import { CLOCK_SKEW_S, staleness } from './freshness.js';
import { knockId } from './knock.js';
import { knockRequest } from './knock-request.js';
import { Knocks } from './knocks.js';
import { LoginWatcher } from './login-watcher.js';
import { OrderStore } from './order-store.js';
import { reached } from './reached.js';

export type AdminHost = Pick<Host, 'database' | 'chain' | 'rootAgent' | 'config' | 'clock' | 'paths' | 'log'>;
type Carry = (order: AdminOrder, definition: CommandDefinition) => Promise<string>;

/** What an order of one range is judged by, besides the order. */
interface Round {
  readonly settings: AdminSettings;
  readonly head: number;
  readonly definitions: ReadonlyMap<string, CommandDefinition>;
}

/**
 * Carries out what the administrator orders by transaction (engine.md 6): once, while it is fresh, and within what
 * admin-commands.json allows. Orders are carried out one after the other beside the look at the chain, so that a slow root
 * agent delays nothing else.
 */
export class AdminCommands implements RangeWatcher {
  readonly name = 'admin-commands';
  readonly #store: OrderStore;
  readonly #definitions: CommandDefinitions;
  readonly #fresh: FreshBlocks;
  readonly #logins: LoginWatcher;
  readonly #knocks: Knocks;
  /** Refused because they could not be recorded: not taken up again by this process. */
  readonly #unrecorded = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #broken = false;
  #isOrphaned = false;
  readonly #actions: ReadonlyMap<string, Carry> = new Map([
    ['knock', (order, definition) => this.#knock(order, definition)],
  ]);

  constructor(
    private readonly host: AdminHost,
    options: { readonly journalctl?: string } = {},
  ) {
    this.#store = new OrderStore(host.database, host.chain.chain.id, host.clock);
    this.#definitions = new CommandDefinitions(host.config, host.log);
    this.#fresh = new FreshBlocks(host.chain, host.clock);
    this.#logins = new LoginWatcher(host, options.journalctl);
    this.#knocks = new Knocks(host, this.#logins);
  }

  async start(): Promise<string> {
    const { chain, config, log, rootAgent } = this.host;
    await this.#knocks.start();
    try {
      const abandoned = await this.#store.abandon('The host stopped before it was carried out.');
      if (abandoned > 0) log.error('orders of the administrator were not carried out', { orders: abandoned });
      await this.#store.prune();
    } catch (error) {
      this.#break(error);
      return 'off';
    }
    const admin = await readAdminSettings(config, chain);
    if (!admin.on) {
      if (admin.problem !== null)
        log.error('the administrator’s commands are off', { reason: admin.problem });
      return 'off';
    }
    if (rootAgent === null) log.warn('there is no root agent: the administrator’s knocks will fail');
    return admin.settings.mode;
  }

  async look(from: number, to: number, signal: AbortSignal): Promise<void> {
    const { chain, config, log } = this.host;
    const admin = await readAdminSettings(config, chain);
    if (!admin.on || this.#broken) return;
    const { settings } = admin;
    const first = await this.#fresh.firstOf(from, to, settings.maxCommandAge + CLOCK_SKEW_S, signal);
    if (first === null) return;
    const wallet = await administrator(settings, chain);
    if (wallet === null && !this.#isOrphaned)
      log.error('the credential of the administrator does not exist: nobody may give orders');
    this.#isOrphaned = wallet === null;
    if (wallet === null) return;
    const { destination, sharedKey } = settings;
    const envelope = { wallet, destination, sharedKey, serverKey: await config.read(SERVER_KEY) };
    const orders = (await chain.adminCommands?.scan(first, to, envelope, signal)) ?? [];
    if (orders.length === 0) return;
    const head = reached(await chain.blocks.head(signal), 'the head of the chain').height;
    const definitions = await this.#definitions.read();
    for (const order of orders) await this.#receive(order, { settings, head, definitions });
    if (!this.#broken) await this.#store.prune();
  }

  async stop(): Promise<void> {
    await this.#knocks.stop();
    await Promise.all([this.#work, this.#logins.stop()]);
  }

  async #receive(order: AdminOrder, round: Round): Promise<void> {
    const { log } = this.host;
    const { transactionHash } = order;
    const about = { transaction: transactionHash };
    try {
      if (this.#unrecorded.has(transactionHash) || (await this.#store.isKnown(transactionHash))) return;
      const definition = round.definitions.get(order.command);
      const action = definition?.action ?? null;
      const reason = await this.#refusal(order, definition, round);
      if (reason !== null) {
        log.warn('an order of the administrator is refused', { ...about, reason });
        return await this.#store.refuse(order, action, reason);
      }
      if (
        definition === undefined ||
        !(await this.#store.accept(order, definition.action, round.settings.maxCommandAge))
      )
        return;
      log.info('an order of the administrator is accepted', { ...about, action });
      this.#work = this.#work.then(() => this.#carryOut(order, definition));
    } catch (error) {
      this.#unrecorded.add(transactionHash);
      log.error('an order of the administrator is refused: it cannot be recorded', {
        ...about,
        reason: sentenceOf(error),
      });
      if (!hasCode(error, 'store.unwritable')) this.#break(error);
    }
  }

  /** What was accepted before may be in what cannot be read: nothing is believed until an operator has acted. */
  #break(error: unknown): void {
    this.#broken = true;
    this.host.log.error('the administrator’s commands are off: mend the database, then restart the monitor', {
      reason: sentenceOf(error),
    });
  }

  async #refusal(
    order: AdminOrder,
    definition: CommandDefinition | undefined,
    { settings, head }: Round,
  ): Promise<string | null> {
    const now = this.host.clock.now();
    const highest = 'height' in order.freshness ? await this.#store.highest() : null;
    const stale = staleness(order, { now, head, highest, maxCommandAge: settings.maxCommandAge });
    if (stale !== null) return `It is not fresh: ${stale}.`;
    if (await this.#store.isSpent(order.nonce)) return 'Its nonce was used before.';
    if (definition === undefined) return 'This host knows no such command.';
    return this.#actions.has(definition.action) ? null : 'The action of its command is unknown.';
  }

  async #carryOut(order: AdminOrder, definition: CommandDefinition): Promise<void> {
    const { log } = this.host;
    const { transactionHash } = order;
    const about = { transaction: transactionHash, action: definition.action };
    const mark = (state: 'executing' | 'done' | 'failed', reason: string | null) =>
      this.#store.mark(transactionHash, state, reason).catch((error: unknown) => {
        log.error('what became of an order cannot be recorded', {
          ...about,
          state,
          reason: sentenceOf(error),
        });
      });
    await mark('executing', null);
    try {
      const outcome = (await this.#actions.get(definition.action)?.(order, definition)) ?? null;
      await mark('done', outcome);
      log.info('an order of the administrator is carried out', { ...about, outcome });
    } catch (error) {
      await mark('failed', sentenceOf(error));
      log.error('an order of the administrator failed', { ...about, reason: sentenceOf(error) });
    }
  }

  async #knock({ transactionHash, parameters }: AdminOrder, definition: CommandDefinition): Promise<string> {
    const request = knockRequest(definition, parameters);
    const { id } = await this.#knocks.open(knockId(transactionHash), request);
    const whom = request.source ?? 'everybody';
    return `Knock ${id}: open to ${whom} for ${request.durationMs / 1_000} s: ${request.ports.join(', ')}.`;
  }
}
