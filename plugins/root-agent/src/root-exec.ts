import { createExec, type Exec, type Paths } from '@blockhost/kernel';
import { LIMITS } from './limits.js';

/**
 * Runs programs as root: in `/` and with root's own home, because what the service account may write is no place for a
 * program of root to look for its settings. With a `signal` all of them end when it aborts.
 */
export function createRootExec(paths: Paths, signal?: AbortSignal): Exec {
  const exec = createExec({ paths, killAfterMs: LIMITS.killAfterMs });
  return {
    run: (argv, options) => {
      const signals = [signal, options.signal].filter((each) => each !== undefined);
      const bound = signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
      return exec.run(argv, { cwd: '/', ...options, env: { HOME: '/root', ...options.env }, ...bound });
    },
  };
}
