import { isSecretName } from '../log/is-secret-name.js';
import type { Paths } from '../ports/paths.js';

/** Where programs are looked up (specification provisioners.md 2.1). */
export const PROGRAM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The whole environment of a child: the short list of provisioners.md 2.1 plus `extra`. Of `BLOCKHOST_*` only what is no
 * secret goes on, and a failpoint meant for this process stays here.
 */
export function childEnvironment(
  paths: Paths,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const own = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      entry[0].startsWith('BLOCKHOST_') &&
      entry[0] !== 'BLOCKHOST_FAILPOINT' &&
      !isSecretName(entry[0]),
  );
  return { PATH: PROGRAM_PATH, LANG: 'C.UTF-8', HOME: paths.state, ...Object.fromEntries(own), ...extra };
}
