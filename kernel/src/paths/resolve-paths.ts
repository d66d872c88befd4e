import { join, normalize, resolve, sep } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Paths } from '../ports/paths.js';

type Folder = 'config' | 'state' | 'run' | 'share';

const FOLDERS: Readonly<Record<Folder, { standard: string; override: string }>> = {
  config: { standard: '/etc/blockhost', override: 'BLOCKHOST_CONFIG_DIR' },
  state: { standard: '/var/lib/blockhost', override: 'BLOCKHOST_STATE_DIR' },
  run: { standard: '/run/blockhost', override: 'BLOCKHOST_RUN_DIR' },
  share: { standard: '/usr/share/blockhost', override: 'BLOCKHOST_SHARE_DIR' },
};

/**
 * Where this process finds the host's files (specification host.md 1.2 and 1.7, engine.md 0).
 *
 * `BLOCKHOST_ROOT` moves every absolute path below itself; each of the four `BLOCKHOST_*_DIR` variables names one folder
 * as it really is, not below the root. Empty variables count as absent.
 */
export function resolvePaths(env: Readonly<Record<string, string | undefined>>): Paths {
  const root = env.BLOCKHOST_ROOT ? resolve(env.BLOCKHOST_ROOT) : sep;
  const place = ({ standard, override }: { standard: string; override: string }) =>
    env[override] ? resolve(env[override]) : join(root, standard);
  const folders = {
    config: place(FOLDERS.config),
    state: place(FOLDERS.state),
    run: place(FOLDERS.run),
    share: place(FOLDERS.share),
  };

  return {
    root,
    ...folders,
    resolve(absolute) {
      if (!absolute.startsWith(sep))
        throw new BlockhostError('paths.not-absolute', `"${absolute}" is not an absolute path of the host.`, {
          remedy: 'Write the path as it is on an installed host, beginning with "/".',
        });
      const path = normalize(absolute);
      for (const [name, { standard }] of Object.entries(FOLDERS))
        if (path === standard || path.startsWith(standard + sep))
          return join(folders[name as Folder], path.slice(standard.length));
      return join(root, path);
    },
  };
}
