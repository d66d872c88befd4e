import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BlockhostError } from '../errors/blockhost-error.js';

/**
 * From now on every module of this process, also what plugins import in turn, must satisfy `problemOf` (the reason
 * against a path, or null). Answers how to lift it.
 */
export function refuseUntrustedModules(problemOf: (path: string) => string | null): () => void {
  const hooks = registerHooks({
    load(url, context, next) {
      const problem = url.startsWith('file:') ? problemOf(fileURLToPath(url)) : null;
      if (problem)
        throw new BlockhostError('entry.untrusted', `root does not run ${fileURLToPath(url)}: ${problem}`, {
          remedy: 'Install the plugin from its package, or give its files and folders back to root.',
        });
      return next(url, context);
    },
  });
  return () => hooks.deregister();
}
