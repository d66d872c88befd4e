import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BlockhostError } from '../errors/blockhost-error.js';

type Rule = (path: string) => string | null;

const rules = new Set<Rule>();

/** Whether this process may not run what a file holds; for who loads modules in another way than Node does. */
export function isRefused(path: string): boolean {
  return [...rules].some((problemOf) => problemOf(path) !== null);
}

/**
 * From now on every module of this process, also what plugins import in turn, must satisfy `problemOf` (the reason
 * against a path, or null). Answers how to lift it.
 */
export function refuseUntrustedModules(problemOf: Rule): () => void {
  rules.add(problemOf);
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
  return () => {
    rules.delete(problemOf);
    hooks.deregister();
  };
}
