import { ACTIVATE, type Activatable, type ActivationContext } from '../entries/activation.js';
import { BlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import type { Logger } from '../ports/logger.js';
import { Undo } from '../run/undo.js';
import { within } from '../run/within.js';
import type { PluginRecord } from './life-cycle.js';
import { asPlugin, runPhase } from './phase.js';

/** An instance that runs, and how to end it. */
export interface Activation {
  readonly record: PluginRecord;
  readonly instance: object;
  /** Reverts what the activation did, in reverse order, then disposes of the instance. Never throws. */
  stop(): Promise<void>;
}

/**
 * Constructs and activates an instance within the plugin's deadline. When it fails, what it did so far is reverted
 * before the error is thrown.
 */
export async function activate(
  record: PluginRecord,
  log: Logger,
  construct: () => object,
): Promise<Activation> {
  const undo = new Undo();
  const life = new AbortController();
  let over = false;

  const revert = async (name: string, act: () => unknown) => {
    try {
      const late = `"${name}" did not end within ${record.timeoutMs} ms.`;
      await within(
        asPlugin(record, log, async () => act()),
        record.timeoutMs,
        'phase.timed-out',
        late,
      );
    } catch (error) {
      log.error('undo of an activation failed', { act: name, error: sentenceOf(error) });
    }
  };
  const context = (deadline: AbortSignal): ActivationContext => ({
    plugin: record.name,
    log,
    signal: AbortSignal.any([life.signal, deadline]),
    undo(name, act) {
      if (over) void revert(name, act);
      else undo.add(name, () => revert(name, act));
    },
    decline(reason) {
      throw new BlockhostError('plugin.declines', reason);
    },
  });
  const end = async () => {
    over = true;
    life.abort(new BlockhostError('plugin.stopped', `The plugin "${record.name}" is being stopped.`));
    await undo.revert();
  };

  try {
    const instance = await runPhase(record, log, 'activation', async (deadline) => {
      const made = construct() as Activatable;
      await made[ACTIVATE]?.(context(deadline));
      return made;
    });
    return {
      record,
      instance,
      async stop() {
        await end();
        if (instance[Symbol.asyncDispose]) await revert('dispose', () => instance[Symbol.asyncDispose]?.());
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
