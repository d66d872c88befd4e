import type { Host } from '../pipeline/host.js';

/** What money is moved with: no machine is touched. */
export type FundHost = Pick<Host, 'database' | 'chain' | 'rootAgent' | 'config' | 'clock' | 'paths' | 'log'>;
