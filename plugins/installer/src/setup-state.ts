import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockhostError, type Paths, writeFileAtomic } from '@blockhost/kernel';

/** Where a set-up stands (specification host.md 5.3). Never holds a secret. */
export interface SetupState {
  readonly schema_version: 1;
  run_id: string;
  /** SHA-256 of the answers, secrets included by their digest only. */
  config_hash: string;
  status: 'pending' | 'running' | 'failed' | 'completed';
  started_at: string | null;
  completed_at: string | null;
  current_step: string | null;
  /** Validated answers by section, without secrets. */
  config: Record<string, Record<string, unknown>>;
  steps: Record<string, StepState>;
}

export interface StepState {
  status: 'pending' | 'running' | 'completed' | 'failed' | 'skipped';
  error: string | null;
  started_at: string | null;
  completed_at: string | null;
  attempts: number;
  data: Record<string, string>;
  /** Durable notes of the step, written before it acts. */
  journal: Record<string, unknown>;
}

export const newStepState = (): StepState => ({
  status: 'pending',
  error: null,
  started_at: null,
  completed_at: null,
  attempts: 0,
  data: {},
  journal: {},
});

/** The state file of one host, `/var/lib/blockhost/setup-state.json` 0600. */
export class SetupStateFile {
  readonly path: string;

  constructor(paths: Paths) {
    this.path = join(paths.state, 'setup-state.json');
  }

  /** null before the first set-up. An unreadable file is refused, never replaced by defaults. */
  async load(): Promise<SetupState | null> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw this.#unreadable(cause);
    }
    let state: SetupState;
    try {
      state = JSON.parse(text) as SetupState;
    } catch (cause) {
      throw this.#unreadable(cause);
    }
    if (state?.schema_version !== 1 || typeof state.steps !== 'object')
      throw this.#unreadable(`its schema_version is ${JSON.stringify(state?.schema_version)}, not 1`);
    return state;
  }

  async save(state: SetupState): Promise<void> {
    await writeFileAtomic(this.path, `${JSON.stringify(state, null, 2)}\n`, 0o600);
  }

  #unreadable(cause: unknown): BlockhostError {
    return new BlockhostError('setup.state-unreadable', `The set-up state ${this.path} cannot be read.`, {
      cause,
      remedy: 'Move the file aside and run the set-up again: steps find what they already did.',
    });
  }
}
