import type { Run } from '@blockhost/kernel';
import type { Settings } from '../settings.js';
import type { Entry, EntryChanges } from './entry.js';
import type { Host } from './host.js';

/** One durable step of an entry. Run again after a crash it ends as if it had run once. */
export interface Stage {
  /** Name of the step in failpoints: `create.mint:before`. */
  readonly name: string;
  /** What the entry's `stage` says once the result is durable. */
  readonly reached: string;
  readonly timeoutMs: number;
  /** External calls inside, each with failpoints of its own. */
  readonly calls: readonly string[];
  act(entry: Entry, context: StageContext): Promise<EntryChanges>;
}

export interface StageContext extends Host {
  readonly run: Run;
  readonly settings: Settings;
}
