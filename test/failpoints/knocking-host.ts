import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  boot,
  type Clock,
  CONFIG,
  type Hex,
  type Logger,
  PRIVILEGED_ACTIONS,
  resolvePaths,
  systemClock,
} from '@blockhost/kernel';
import { openDatabase } from '@blockhost/kernel/store';
import { FakeChain } from '@blockhost/kernel/testing';
import { until } from '../demo/until.js';

/**
 * A process of a host whose administrator knocked: it carries the order out, sees the administrator log in and leave, and
 * ends when nothing is open. Its time runs faster than the real one, from the same moment in every process of a case.
 */
export interface KnockScript {
  /** The transaction of the order, the same in every process. */
  readonly to: string;
  readonly data: Hex;
  /** Milliseconds: when time began, and how many pass in one. */
  readonly began: number;
  readonly speed: number;
  /** How long the administrator stays, in milliseconds of the host. */
  readonly stays: number;
}

const ADMINISTRATOR = '192.0.2.7';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const [{ AdminCommands }, { KnockJournal }, { LoginSignal }, { default: migrations }] = await Promise.all([
  import(join(hosting, 'admin/admin-commands.js')),
  import(join(hosting, 'admin/knock-journal.js')),
  import(join(hosting, 'admin/login-signal.js')),
  import(join(hosting, 'migrations.js')),
]);

const paths = resolvePaths(process.env);
const script = JSON.parse(await readFile(join(paths.root, 'script.json'), 'utf8')) as KnockScript;
const clock: Clock = {
  now: () => Math.round(script.began + (Date.now() - script.began) * script.speed),
  sleep: (ms, signal) => systemClock.sleep(ms / script.speed, signal),
};
const log: Logger = {
  debug() {},
  info: (message, fields) => console.log(message, JSON.stringify(fields ?? {})),
  warn: (message, fields) => console.log(message, JSON.stringify(fields ?? {})),
  error: (message, fields) => console.log(message, JSON.stringify(fields ?? {})),
  with: () => log,
};

const chain = new FakeChain();
chain.send(chain.customer(1).key, { do: 'carry', to: script.to, data: script.data });
const kernel = await boot({ process: 'test', paths });
const config = await kernel.get(CONFIG);
const rootAgent = await kernel.get(PRIVILEGED_ACTIONS);
const database = await openDatabase({ paths, migrations: [{ plugin: 'hosting', ...migrations }] });
const commands = new AdminCommands(
  { chain, clock, config, database, log, paths, rootAgent },
  { journalctl: '/bin/false' },
);

await commands.start();
await commands.look(1, chain.ledger.head.height, new AbortController().signal);
const journal = new KnockJournal(paths);
const signal = new LoginSignal(paths);
let leavesAt = Number.POSITIVE_INFINITY;
await until('nothing to be open', 60_000, async () => {
  const [knock] = (await journal.read()).knocks;
  if (knock?.phase === 'narrowed' && knock.rules.length === 1)
    leavesAt = Math.min(leavesAt, clock.now() + script.stays);
  if (clock.now() >= leavesAt) await rm(signal.path, { force: true });
  else if (knock?.phase === 'open' || knock?.phase === 'narrowed')
    await signal.write(ADMINISTRATOR, clock.now());
  const working = await database('admin_orders').whereIn('state', ['accepted', 'executing']).first();
  return knock === undefined && working === undefined ? true : null;
});
await commands.stop();
console.log('at rest');
await database.destroy();
await kernel.stop();
