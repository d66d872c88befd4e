import type { Paths } from '../ports/paths.js';
import { packageOwners } from './owning-package.js';
import { trustProblem } from './trust.js';

/**
 * Judges `files` for the root agent: answers why it must not run one of them, or null (specification host.md 2.5). Each must
 * be one that only root can change, and of a Debian package. Below a `BLOCKHOST_ROOT` nothing is asked of them.
 */
export function rootFileProblems(
  files: readonly string[],
  paths: Pick<Paths, 'root' | 'resolve'>,
): (file: string) => string | null {
  const ownerOf = packageOwners(files, paths);
  return (file) => {
    if (paths.root !== '/') return null;
    return trustProblem(file) ?? (ownerOf(file) === null ? `No Debian package has installed ${file}.` : null);
  };
}
