/** The first SIGINT or SIGTERM asks the command to stop; a second one, handled by nobody, ends the process at once. */
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
  return {
    get signal() {
      if (controller) return controller.signal;
      const own = new AbortController();
      controller = own;
      for (const name of signals)
        process.once(name, () => {
          came ??= name;
          own.abort();
        });
      return own.signal;
    },
    by: () => came,
  };
}
