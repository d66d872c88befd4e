import { rm } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buy, type ReadyHost } from './main-job.js';
import { type Outcome, readBack } from './read-back.js';

/** An order at the counter of a running demonstration, whose chain and test wallets live in its process. */
export interface Order {
  readonly customer: string;
  readonly days: number;
  readonly plan: string;
}

type Reply = Outcome | { readonly ok: false; readonly error: string };

const socketOf = (root: string) => join(root, 'run', 'demo.sock');
/** Bytes of a socket's path (`sun_path` of unix(7), less the ending zero). */
const LONGEST_SOCKET = 107;
/** Bytes of an order; more is refused. */
const LONGEST_ORDER = 4096;

/** Serves orders of `bin/demo buy` until the answered function is called. */
export async function openCounter(ready: ReadyHost): Promise<() => Promise<void>> {
  const path = socketOf(ready.host.root);
  if (Buffer.byteLength(path) > LONGEST_SOCKET)
    throw new Error(`${path} is too long for a socket. Name a shorter folder: --root FOLDER`);
  await rm(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => client.destroy());
    void text(client)
      .then((order) => serve(ready, order))
      .catch(
        (error: unknown): Reply => ({
          ok: false,
          error: error instanceof Error ? error.message : `${error}`,
        }),
      )
      .then((reply) => client.end(JSON.stringify(reply)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return async () => {
    server.close();
    await rm(path, { force: true });
  };
}

async function serve(ready: ReadyHost, sent: string): Promise<Reply> {
  if (sent.length > LONGEST_ORDER) throw new Error('The order is too long.');
  const { customer, days, plan } = JSON.parse(sent) as Order;
  const { subscriptionId } = await buy(ready, customer, { days, planId: BigInt(plan) });
  return readBack(ready, { subscriptionId, label: customer });
}

/** Hands an order in at the demonstration that runs in `root`; resolves when its VM is up and its credential minted. */
export async function order(root: string, wanted: Order): Promise<Outcome> {
  const client = createConnection({ path: socketOf(root), allowHalfOpen: true });
  client.end(JSON.stringify(wanted));
  const reply: Reply = JSON.parse(
    await text(client).catch((cause: unknown) => {
      throw new Error(`No demonstration is running in ${root}. Start one in another terminal: bin/demo`, {
        cause,
      });
    }),
  );
  if (!reply.ok) throw new Error(reply.error);
  return reply;
}
