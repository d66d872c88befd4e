/** The first SIGINT or SIGTERM asks the command to stop; a second one of either ends the process at once. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The signal that came, if one did. */
  by(): NodeJS.Signals | null;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Handlers are installed when a command first asks for the signal; one that never does ends as any process would. */
export function interruption(): Interruption {
  let controller: AbortController | null = null;
  let came: NodeJS.Signals | null = null;
  const stop = (by: NodeJS.Signals) => {
    came = by;
    // Handled by nobody from now on.
    for (const name of signals) process.off(name, stop);
    controller?.abort();
  };
  return {
    get signal() {
      if (!controller) {
        controller = new AbortController();
        for (const name of signals) process.on(name, stop);
      }
      return controller.signal;
    },
    by: () => came,
  };
}
