import { BlockhostError, hasCode, isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import { container, type DependencyContainer } from '../injection.js';
import { FOREIGN_MANIFEST } from '../ports/foreign.js';
import { LOGGER, type Logger } from '../ports/logger.js';
import { type Activation, activate } from './activate.js';
import { buildInstance } from './build-instance.js';
import { checkClass, checkEntry } from './check-entry.js';
import { importModule, locateModule } from './import-module.js';
import type { EntryName, EntryTypes } from './kernel.js';
import type { PluginFailure, PluginRecord } from './life-cycle.js';
import { runPhase } from './phase.js';

/** One instance of a process: the class at `path` of the plugin `code`, built for the plugin `owner`. */
export interface Blueprint {
  readonly code: PluginRecord;
  /** The foreign plugin when `code` is its adapter, else `code` itself. */
  readonly owner: PluginRecord;
  readonly path: string;
}

/** Answers a token for the constructor of `asker`; `undefined` leaves an optional one out. */
export type Provide = (token: symbol, optional: boolean, asker: Blueprint) => Promise<unknown>;

/** Imports, checks, builds and activates entries; what goes wrong becomes the state of the plugin. */
export class EntryLoader {
  readonly #log: Logger;
  readonly #verify: (blueprint: Blueprint, instance: object) => string | null;
  readonly #root: DependencyContainer = container.createChildContainer();
  readonly #children = new Map<PluginRecord, DependencyContainer>();
  readonly #built = new Map<string, Promise<Activation>>();
  readonly #waits = new Map<string, Blueprint>();
  /** In the order in which they became active. */
  readonly #active: Activation[] = [];
  #stopped = false;

  /** `verify` answers how an instance breaks the promise of its manifest, or null. */
  constructor(log: Logger, verify: (blueprint: Blueprint, instance: object) => string | null) {
    this.#log = log;
    this.#verify = verify;
  }

  logOf(record: PluginRecord): Logger {
    return this.#log.with({ plugin: record.name });
  }

  /** The tagged default export of an entry. */
  async entry<E extends EntryName>(record: PluginRecord, name: E): Promise<EntryTypes[E]> {
    if (record.refusal) throw record.refusal;
    const { manifest } = record.found;
    const path = manifest?.entries?.[name];
    if (!path) throw noSuchEntry(record, name);
    const module = await this.#import(record, path);
    const checked = this.#check(record, () => checkEntry(name, module, path, manifest));
    record.advance('checked');
    return checked;
  }

  /** The active instance of a blueprint, the same each time. */
  async instance(blueprint: Blueprint, provide: Provide): Promise<object> {
    const key = keyOf(blueprint);
    let built = this.#built.get(key);
    if (!built) {
      built = this.#build(blueprint, provide);
      this.#built.set(key, built);
      built.catch(() => {
        if (!blueprint.owner.refusal) this.#built.delete(key);
      });
    }
    return (await built).instance;
  }

  /** Waits for `target` on behalf of `asker`; two that wait for each other are told so instead. */
  async waitFor<T>(target: Blueprint, asker: Blueprint | null, result: () => Promise<T>): Promise<T> {
    if (!asker) return result();
    const path = [asker, target];
    for (let next = this.#waits.get(keyOf(target)); next; next = this.#waits.get(keyOf(next)))
      path.push(next);
    if (keyOf(path.at(-1) ?? target) === keyOf(asker)) {
      const names = path.map(({ owner }) => owner.name).join(' → ');
      throw asker.owner.fail('missing-dependency', `it needs itself: ${names}.`, {
        remedy: 'One of these plugins must stop injecting the next: report it to their authors.',
      });
    }
    this.#waits.set(keyOf(asker), target);
    try {
      return await result();
    } finally {
      this.#waits.delete(keyOf(asker));
    }
  }

  /** Ends what is active, the last first; what is still being built ends as soon as it is. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (let last = this.#active.pop(); last; last = this.#active.pop()) {
      await last.stop();
      last.record.advance('stopped');
    }
  }

  async #build(blueprint: Blueprint, provide: Provide): Promise<Activation> {
    const { code, owner, path } = blueprint;
    if (this.#stopped) throw kernelStopped();
    if (owner.refusal) throw owner.refusal;
    owner.retry();
    const module = await this.#import(code, path).catch((error: unknown) => {
      if (owner !== code)
        owner.fail('missing-dependency', `its adapter "${code.name}" failed.`, { cause: error });
      throw owner.refusal ?? error;
    });
    const type = this.#check(code, () => checkClass(module, path));
    code.advance('checked');
    const construct = await buildInstance(type, this.#containerOf(owner), (token, optional) => {
      owner.injected.add(token.description ?? String(token));
      return provide(token, optional, blueprint);
    }).catch((error: unknown) => {
      throw hasCode(error, 'entry.no-token') ? owner.fail('load-failed', sentenceOf(error)) : error;
    });
    const activation = await activate(owner, this.logOf(owner), construct).catch((error: unknown) => {
      throw owner.fail(...activationFailure(error));
    });
    if (this.#stopped) {
      await activation.stop();
      throw kernelStopped();
    }
    const broken = this.#verify(blueprint, activation.instance);
    if (broken) {
      await activation.stop();
      throw owner.fail('load-failed', broken);
    }
    this.#active.push(activation);
    owner.advance('active');
    code.advance('active');
    return activation;
  }

  async #import(record: PluginRecord, path: string): Promise<Readonly<Record<string, unknown>>> {
    if (record.refusal) throw record.refusal;
    try {
      const file = locateModule(record.found, path);
      const module = await runPhase(record, this.logOf(record), 'import', () => importModule(file));
      record.advance('imported');
      return module;
    } catch (error) {
      const state: PluginFailure = hasCode(error, 'phase.timed-out') ? 'timed-out' : 'load-failed';
      if (isBlockhostError(error) && /^(entry|phase)\./.test(error.code))
        throw record.fail(state, error.sentence, { cause: error.cause, ...remedyOf(error) });
      throw record.fail(state, `${path} threw while it was imported: ${sentenceOf(error)}`, { cause: error });
    }
  }

  #check<T>(record: PluginRecord, check: () => T): T {
    try {
      return check();
    } catch (error) {
      throw record.fail('load-failed', sentenceOf(error));
    }
  }

  #containerOf(owner: PluginRecord): DependencyContainer {
    let child = this.#children.get(owner);
    if (!child) {
      child = this.#root.createChildContainer();
      child.registerInstance(LOGGER, this.logOf(owner));
      const { manifest, file, home, foreign } = owner.found;
      if (foreign && manifest) child.registerInstance(FOREIGN_MANIFEST, { manifest, file, home });
      this.#children.set(owner, child);
    }
    return child;
  }
}

const keyOf = ({ owner, path }: Blueprint) => `${owner.found.file}\0${path}`;

const remedyOf = ({ remedy }: BlockhostError) => (remedy === undefined ? {} : { remedy });

function activationFailure(error: unknown): Parameters<PluginRecord['fail']> {
  const sentence = sentenceOf(error);
  if (hasCode(error, 'plugin.declines')) return ['declined', sentence, { again: true }];
  if (hasCode(error, 'phase.timed-out')) return ['timed-out', sentence];
  if (hasCode(error, 'phase.ended-process')) return ['activation-failed', sentence];
  return ['activation-failed', `it threw: ${sentence}`, { cause: error }];
}

export function kernelStopped(): BlockhostError {
  return new BlockhostError('kernel.stopped', 'This process is ending: nothing is loaded any more.');
}

export function noSuchEntry(record: PluginRecord, entry: string): BlockhostError {
  return new BlockhostError('plugin.no-such-entry', `The plugin "${record.name}" has no entry "${entry}".`, {
    facts: { manifest: record.found.file },
  });
}
