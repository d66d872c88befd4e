import path from 'node:path';
import { acquireLock, BlockhostError, sentenceOf, withRun } from '@blockhost/kernel';
import { AddressBook } from '../wallets/address-book.js';
import { pruneOrders } from '../wallets/prune-orders.js';
import { ForeseenTreasury } from './foreseen-treasury.js';
import { type FundContext, Problems } from './fund-context.js';
import { fundCycle } from './fund-cycle.js';
import type { FundHost } from './fund-host.js';
import { type FundSettings, readFundSettings } from './fund-settings.js';
import { gasCheck } from './gas-check.js';
import { ensureHotWallet } from './hot-wallet.js';
import { FundJournal, type FundKind } from './journal.js';
import type { Operation, Step, Transfer } from './operation.js';
import { RealTreasury } from './real-treasury.js';

interface FundWork {
  readonly act: (context: FundContext) => Promise<void>;
  /** Steps whose open operations it brings to an end first. */
  readonly steps: readonly Step[];
  intervalMs(settings: FundSettings): number;
}

const WORK: Readonly<Record<FundKind, FundWork>> = {
  'fund-cycle': {
    act: fundCycle,
    steps: ['withdraw', 'hot-gas', 'buffer', 'owed', 'share', 'remainder', 'approve', 'swap'],
    intervalMs: (settings) => settings.cycleIntervalMs,
  },
  'gas-check': {
    act: gasCheck,
    steps: ['hot-gas', 'approve', 'swap'],
    intervalMs: (settings) => settings.gasCheckIntervalMs,
  },
};

/** Records of what is over are kept for a year, for the books. */
const KEPT_MS = 366 * 86_400_000;

/** How long one run waits for another of this host: a command for the monitor, the monitor for a command. */
const LOCK_WAIT_MS = 5_000;

/**
 * Runs a fund cycle or a gas check once, from where the last one stopped, and records when the next is due. Throws
 * `lock.busy` when another process is at it, `funds.incomplete` when something did not move as planned, and what kept it
 * from beginning. Answers the operations of the cycle.
 */
export async function runFunds(
  kind: FundKind,
  host: FundHost,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const journal = new FundJournal(host.database, host.clock, host.chain.chain.id);
  const lock = { timeoutMs: LOCK_WAIT_MS, purpose: kind, signal };
  using _ = await acquireLock(path.join(host.paths.run, 'funds.lock'), lock);
  return await withRun({ name: 'funds', id: kind, log: host.log, signal }, async (run) => {
    try {
      const settings = await readFundSettings(host.config, host.chain.chain);
      for (const problem of settings.problems) host.log.error('a setting is wrong', { problem });
      await requireServer(host);
      await journal.adopt();
      if (kind === 'fund-cycle') {
        await run.step('hot-wallet', () => ensureHotWallet(host));
        if (!(await journal.state()).hotWalletGenerated)
          await run.step('note-hot-wallet', () => journal.hotWalletGenerated());
      }
      const work = WORK[kind];
      const cycle = await run.step('begin', () => journal.begin(kind, work.intervalMs(settings)));
      const problems = new Problems(host);
      const treasury = new RealTreasury(host, journal, cycle, problems, run);
      if (kind === 'fund-cycle') await treasury.recheck();
      await treasury.resume(work.steps);
      await work.act({ host, settings, treasury, problems, signal });
      problems.throwIfAny();
      await run.step('finish', () => journal.succeeded(kind, cycle));
      await prune(host, journal);
      return await journal.ofCycle(cycle.id);
    } catch (error) {
      if (!isStopping(signal)) await postpone(kind, host, journal);
      throw error;
    }
  });
}

/** Nothing depends on it: a database that cannot do it now does it after the next run. */
async function prune({ database, clock, log }: FundHost, journal: FundJournal): Promise<void> {
  const before = clock.now() - KEPT_MS;
  try {
    await journal.prune(before);
    await pruneOrders(database, before);
  } catch (error) {
    log.warn('old records of money stay', { reason: sentenceOf(error) });
  }
}

/** A host that stops resumes at once when it starts again; a run that took too long waits like one that failed. */
function isStopping({ aborted, reason }: AbortSignal): boolean {
  return aborted && !(reason instanceof Error && reason.name === 'TimeoutError');
}

async function postpone(kind: FundKind, host: FundHost, journal: FundJournal): Promise<void> {
  await withRun({ name: 'funds', id: kind, log: host.log }, (run) =>
    run.step('postpone', () => journal.failedRun(kind)),
  );
}

/** What a run would do now. */
export interface Foresight {
  /** Operations of earlier runs, brought to an end first. */
  readonly open: readonly Operation[];
  readonly transfers: readonly Transfer[];
  readonly problems: readonly string[];
}

/** As {@link runFunds}, but nothing is sent, signed or recorded. */
export async function foreseeFunds(kind: FundKind, host: FundHost, signal: AbortSignal): Promise<Foresight> {
  const journal = new FundJournal(host.database, host.clock, host.chain.chain.id);
  const settings = await readFundSettings(host.config, host.chain.chain);
  await requireServer(host);
  if (kind === 'fund-cycle' && !(await AddressBook.read(host)).find('hot'))
    throw new BlockhostError(
      'funds.no-hot-wallet',
      'The host has no hot wallet yet; a real run makes it first.',
      {
        remedy: 'Run the same without --dry-run.',
      },
    );
  const cycle = await journal.current(kind, WORK[kind].intervalMs(settings));
  const treasury = new ForeseenTreasury(host, journal, cycle);
  const problems = new Problems(host);
  await WORK[kind].act({ host, settings, treasury, problems, signal });
  return {
    open: await journal.open(),
    transfers: treasury.transfers,
    problems: [...settings.problems, ...problems.sentences],
  };
}

/** Without the server's key nothing moves. */
async function requireServer(host: FundHost): Promise<void> {
  (await AddressBook.read(host)).signer('server');
}
