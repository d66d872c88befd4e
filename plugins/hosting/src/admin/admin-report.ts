import { sentenceOf } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON } from '@blockhost/kernel/host-files';
import type { AdminHost } from './admin-commands.js';
import { readAdminSettings } from './admin-settings.js';
import { administrator } from './administrator.js';
import { KnockJournal } from './knock-journal.js';
import { type OrderRecord, recentOrders } from './order-store.js';

/** What `blockhost admin status` tells. */
export interface AdminReport {
  readonly on: boolean;
  /** Whatever keeps commands from being carried out, in sentences. */
  readonly problems: readonly string[];
  readonly mode: string | null;
  /** Who orders; null while that is not known. */
  readonly administrator: string | null;
  /** Where orders are sent to: `any`, `self`, or an address. */
  readonly destination: string | null;
  readonly maxCommandAgeSeconds: number | null;
  /** How many commands are defined. */
  readonly commands: number;
  readonly openKnocks: number;
  readonly lastOrder: OrderRecord | null;
}

export async function adminReport({
  chain,
  config,
  database,
  paths,
  rootAgent,
}: Omit<AdminHost, 'clock' | 'log'>): Promise<AdminReport> {
  const admin = await readAdminSettings(config, chain);
  const problems: string[] = [];
  const tried = async <T>(act: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      problems.push(sentenceOf(error));
      return otherwise;
    }
  };

  if (!admin.on) problems.push(admin.problem ?? 'blockhost.yaml names no admin.wallet_address.');
  const settings = admin.on ? admin.settings : null;
  const wallet = settings && (await tried(() => administrator(settings, chain), null));
  if (settings && wallet === null) problems.push('Nobody may give orders now.');
  const file = await tried(() => config.find(ADMIN_COMMANDS_JSON), null);
  const commands = Object.keys(file?.commands ?? {}).length;
  if (commands === 0) problems.push('admin-commands.json defines no command.');
  if (rootAgent === null) problems.push('There is no root agent to open ports.');
  const knocks = await tried(async () => (await new KnockJournal(paths).read()).knocks, []);
  const destination = settings?.destination ?? null;
  return {
    on: admin.on,
    problems,
    mode: settings?.mode ?? null,
    administrator: wallet,
    destination: typeof destination === 'object' && destination !== null ? destination.address : destination,
    maxCommandAgeSeconds: settings?.maxCommandAge ?? null,
    commands,
    openKnocks: knocks.length,
    lastOrder: (await recentOrders(database, 1))[0] ?? null,
  };
}
