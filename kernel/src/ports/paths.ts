import { serviceToken } from './token.js';

/** Where the host's files are; every absolute path resolves below `BLOCKHOST_ROOT` (specification host.md 1.2, 1.7). */
export interface Paths {
  /** `/` or the development root. */
  readonly root: string;
  /** `/etc/blockhost`, overridden by `BLOCKHOST_CONFIG_DIR`. */
  readonly config: string;
  /** `/var/lib/blockhost`, overridden by `BLOCKHOST_STATE_DIR`. */
  readonly state: string;
  /** `/run/blockhost`, overridden by `BLOCKHOST_RUN_DIR`. */
  readonly run: string;
  /** `/usr/share/blockhost`, overridden by `BLOCKHOST_SHARE_DIR`. */
  readonly share: string;
  /** An absolute path of the system, below the root. */
  resolve(absolute: string): string;
}

export const PATHS = serviceToken<Paths>('paths');
