/**
 * Undo registered beside the act it reverts.
 *
 *     const undo = new Undo();
 *     try {
 *       const disk = await makeDisk();
 *       undo.add('remove disk', () => removeDisk(disk));
 *       …
 *       undo.forget();           // success: nothing is reverted
 *     } catch (error) {
 *       await undo.revert();     // reverse order; a failing undo never stops the others
 *       throw error;
 *     }
 */
export class Undo {
  readonly #acts: { name: string; revert: () => unknown }[] = [];

  add(name: string, revert: () => unknown): void {
    this.#acts.push({ name, revert });
  }

  /** The acts stand; there is nothing left to revert. */
  forget(): void {
    this.#acts.length = 0;
  }

  /** Reverts in reverse order and answers what could not be reverted. */
  async revert(): Promise<UndoFailure[]> {
    const failures: UndoFailure[] = [];
    for (let act = this.#acts.pop(); act; act = this.#acts.pop()) {
      try {
        await act.revert();
      } catch (cause) {
        failures.push({ name: act.name, cause });
      }
    }
    return failures;
  }
}

export interface UndoFailure {
  readonly name: string;
  readonly cause: unknown;
}
