import { AdminCommands } from '../admin/admin-commands.js';
import type { Host } from '../pipeline/host.js';
import type { RangeWatcher } from './range-watcher.js';

/** Everything that looks at blocks beside the scan for purchases. A factory does nothing yet: no query, no timer. */
export const RANGE_WATCHERS: readonly ((host: Host) => RangeWatcher)[] = [(host) => new AdminCommands(host)];
