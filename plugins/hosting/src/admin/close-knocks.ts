import { BlockhostError, hasCode } from '@blockhost/kernel';
import type { AdminHost } from './admin-commands.js';
import type { Knock } from './knock.js';
import { KnockJournal } from './knock-journal.js';
import { KnockLife } from './knock-life.js';
import { ownKnocks } from './knocks.js';
import { LoginSignal } from './login-signal.js';

const LOOK_MS = 200;
const PATIENCE_MS = 20_000;

/**
 * Closes knocks for an operator: marked in the journal, the monitor closes them; without one this process does. `id` null
 * means all. Answers which were closed. Throws `admin.no-such-knock`, `admin.still-open`, `admin.no-root-agent`.
 */
export async function closeKnocks(
  id: string | null,
  host: Pick<AdminHost, 'rootAgent' | 'clock' | 'paths' | 'log'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const journal = new KnockJournal(host.paths);
  const knocks = (await journal.read()).knocks.filter((knock) => id === null || knock.id === id);
  if (knocks.length === 0 && id !== null)
    throw new BlockhostError('admin.no-such-knock', `There is no knock "${id}".`, {
      remedy: 'List the knocks with `blockhost admin knocks`.',
      exitCode: 3,
    });
  for (const knock of knocks)
    await journal.put(knock.id, (present) => present && { ...present, phase: 'closing' });

  const halt = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  for (;;) {
    const open = (await journal.read()).knocks.filter((one) => knocks.some((other) => other.id === one.id));
    if (open.length === 0) return knocks.map((knock) => knock.id);
    if (halt.aborted)
      throw new BlockhostError('admin.still-open', `${open.length} of the knocks are not closed yet.`, {
        remedy: 'Look with `blockhost admin knocks`, and whether the root agent runs.',
        facts: { knocks: open.map((one) => one.id).join(', ') },
      });
    await closeWithoutMonitor(open, host, journal, halt);
    await host.clock.sleep(LOOK_MS, halt).catch(() => {});
  }
}

/** Does nothing while a monitor owns the knocks: it sees the marks within a second. */
async function closeWithoutMonitor(
  knocks: readonly Knock[],
  { clock, log, paths, rootAgent }: Pick<AdminHost, 'rootAgent' | 'clock' | 'paths' | 'log'>,
  journal: KnockJournal,
  halt: AbortSignal,
): Promise<void> {
  const owner = await ownKnocks(paths, 0).catch((error) => {
    if (hasCode(error, 'lock.busy')) return null;
    throw error;
  });
  if (owner === null) return;
  using _ = owner;
  if (rootAgent === null)
    throw new BlockhostError('admin.no-root-agent', 'There is no root agent to close ports.', {
      remedy: 'Install and start the root agent of this host.',
    });
  const tools = { agent: rootAgent, clock, log, paths, journal, signal: new LoginSignal(paths) };
  await Promise.all(
    knocks.map((knock) => new KnockLife({ ...knock, phase: 'closing' }, tools).run(halt, halt)),
  );
}
