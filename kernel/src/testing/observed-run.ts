import { type Run, type RunOptions, withRun } from '../run/run.js';

export interface Observed {
  /** Steps that finished, in order. */
  readonly finished: string[];
  /** Those of them that registered an undo, in order. */
  readonly undoable: string[];
  /** Steps whose undo was called, in order. */
  readonly undone: string[];
}

/**
 * As `withRun`, and writes down what `body` does with its run. `afterStep` is called when a step has finished and before
 * the next begins: what it throws, the action fails with.
 */
export async function observedRun(
  options: RunOptions,
  body: (run: Run) => Promise<unknown>,
  afterStep: (step: string) => void = () => {},
): Promise<Observed & { readonly error: unknown }> {
  const seen: Observed = { finished: [], undoable: [], undone: [] };
  const error = await withRun(options, (run) =>
    body({
      ...run,
      async step(name, act, undo) {
        const made = await run.step(
          name,
          act,
          undo &&
            ((value) => {
              seen.undone.push(name);
              return undo(value);
            }),
        );
        seen.finished.push(name);
        if (undo) seen.undoable.push(name);
        afterStep(name);
        return made;
      },
    }),
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { ...seen, error };
}
