import type { Task } from '../tasks/task.js';
import type { FundHost } from './fund-host.js';
import { type FundSettings, readFundSettings } from './fund-settings.js';
import { FundJournal, type FundKind } from './journal.js';
import { runFunds } from './run-funds.js';
import { dueAt } from './schedule.js';

/** Collects what customers paid and pays it out (engine.md 5.4). */
export function fundCycleTask(host: FundHost): Task {
  return fundTask(host, 'fund-cycle', (settings) => settings.cycleIntervalMs);
}

/** Keeps the wallets able to pay fees (engine.md 5.6). */
export function gasCheckTask(host: FundHost): Task {
  return fundTask(host, 'gas-check', (settings) => settings.gasCheckIntervalMs);
}

function fundTask(host: FundHost, kind: FundKind, interval: (settings: FundSettings) => number): Task {
  // Built before anything is read: the chain is asked for its name when it is needed.
  const journal = () => new FundJournal(host.database, host.clock, host.chain.chain.id);
  const intervalMs = async () => interval(await readFundSettings(host.config, host.chain.chain));
  return {
    name: kind,
    intervalMs,
    dueAt: async () => dueAt(await journal().attempts(kind), await intervalMs(), host.clock.now()),
    async run(signal) {
      await runFunds(kind, host, signal);
    },
  };
}
