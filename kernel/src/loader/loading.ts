import type { Daemon } from '../entries/daemon.js';
import { sentenceOf } from '../errors/blockhost-error.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import { Undo } from '../run/undo.js';
import { attributeCrashes } from './attribute-crashes.js';
import { brokenPromise } from './broken-promise.js';
import { type Blueprint, EntryLoader, kernelStopped, noSuchEntry } from './entry-loader.js';
import type { PluginIndex } from './index-plugins.js';
import type { EntryName, Kernel } from './kernel.js';
import type { PluginRecord } from './life-cycle.js';
import { portsOf } from './ports.js';
import { kernelServices } from './services.js';

export interface LoadingOptions {
  readonly index: PluginIndex;
  readonly paths: Paths;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** All that runs code of plugins, from the first need on. */
export type Loading = ReturnType<typeof startLoading>;

export function startLoading(options: LoadingOptions, kernel: Kernel) {
  const { index, log } = options;
  const loader = new EntryLoader(log, (blueprint, instance) =>
    brokenPromise(blueprint, instance, index.providers.values()),
  );
  const getPort = portsOf(index.providers, loader, get);
  const closing = new Undo();
  closing.add('crash guard', attributeCrashes(index.records, log));
  const services = kernelServices(options, kernel, (name, close) => closing.add(name, close));
  const started = new Map<symbol, Promise<unknown>>();
  let stopped = false;

  async function get(token: symbol, optional = false, asker: Blueprint | null = null): Promise<unknown> {
    if (stopped) throw kernelStopped();
    const service = services.get(token);
    if (!service) return getPort(token, optional, asker);
    let value = started.get(token);
    if (!value) {
      value = Promise.resolve().then(service);
      started.set(token, value);
    }
    return value;
  }

  return {
    get: (token: symbol) => get(token),
    entry: <E extends EntryName>(record: PluginRecord, entry: E) => loader.entry(record, entry),
    async daemon(record: PluginRecord, id: string) {
      if (record.refusal) throw record.refusal;
      const path = record.found.manifest?.entries?.daemons?.[id];
      if (!path) throw noSuchEntry(record, `daemons/${id}`);
      record.essential = true;
      return (await loader.instance({ code: record, owner: record, path }, get)) as Daemon;
    },
    async stop() {
      stopped = true;
      await loader.stop();
      for (const { name, cause } of await closing.revert())
        log.error('could not close', { what: name, error: sentenceOf(cause) });
    },
  };
}
