import type { Knex } from 'knex';

/** What one change does, inside a transaction. */
export type Act<T> = (tx: Knex.Transaction) => PromiseLike<T>;

/** So many at most share a transaction, so that no other process waits long. */
const MOST = 50;

interface Waiting {
  readonly act: Act<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: changes that come while one is made durable share the next transaction, and so one write to the disk. Each
 * has a savepoint of its own: one that fails is undone alone. None is told to have happened before all of them are durable.
 */
export class GroupCommit {
  #waiting: Waiting[] = [];
  #busy = false;

  /** `transaction` runs an act in one, and resolves when that is durable. */
  constructor(private readonly transaction: (act: Act<void>) => Promise<void>) {}

  run<T>(act: Act<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ act, resolve, reject });
    void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MOST));
    this.#busy = false;
  }

  async #commit(changes: readonly Waiting[]): Promise<void> {
    const outcomes: (() => void)[] = [];
    try {
      await this.transaction(async (tx) => {
        for (const { act, resolve, reject } of changes)
          try {
            const result = await (changes.length === 1 ? act(tx) : tx.transaction(async (own) => act(own)));
            outcomes.push(() => resolve(result as never));
          } catch (error) {
            if (changes.length === 1) throw error;
            outcomes.push(() => reject(error));
          }
      });
      for (const tell of outcomes) tell();
    } catch (error) {
      for (const { reject } of changes) reject(error);
    }
  }
}
