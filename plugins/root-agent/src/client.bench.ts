// Calls of the root agent over its socket, against a bare echo that does no more than take a connection and send back
// what came. Both in processes of their own, a new connection for each call.
import { type ChildProcess, spawn } from 'node:child_process';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { KERNEL_VERSION } from '@blockhost/kernel';
import { makeHostRoot, reportMeasurement } from '@blockhost/kernel/testing';
import RootAgentClient from './client.js';

const CALLS = 10_000;
/** The rate is what many callers get together, the time of an answer what few of them wait when nobody else asks. */
const MANY = 8;
const FEW = 2;
const plugin = join(import.meta.dirname, '..');
const launcher = join(plugin, '../../bin/blockhost');

const ECHO = `require('net').createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (data) => socket.end(data));
}).listen(process.argv[1]);`;

/** `change` does as little as `nothing`, but is taken for something that must be on record before it is done. */
const ACTIONS = `export default { $type: 'blockhost.root-actions', major: 1, actions: ['nothing', 'change'].map((name) => ({
  name, parameters: { type: 'object', properties: { text: { type: 'string' } }, additionalProperties: false },
  timeoutMs: 1000, mutates: name === 'change', resource: () => crypto.randomUUID(), run: async ({ text }) => ({ text }),
})) };`;

/** Its log goes to a file, as it goes to the journal: this process has enough to do with calling. */
function start(log: FileHandle, argv: readonly [string, ...string[]], env = process.env): ChildProcess {
  const [program, ...args] = argv;
  return spawn(program, args, { env, stdio: ['ignore', 'ignore', log.fd] });
}

async function answered(call: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++)
    try {
      await call();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await wait(50);
    }
}

function echo(path: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
    socket.write(text);
  });
}

/** Calls per second, and the time in ms within which 99 of 100 were answered. */
async function measure(
  callers: number,
  call: () => Promise<unknown>,
  calls = CALLS,
): Promise<{ rate: number; p99: number }> {
  const times: number[] = [];
  let left = calls;
  const started = performance.now();
  const caller = async () => {
    while (left-- > 0) {
      const before = performance.now();
      await call();
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const rate = (calls / (performance.now() - started)) * 1_000;
  return { rate, p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0 };
}

const host = await makeHostRoot({ plugins: [plugin] });
const log = await open(join(host.root, 'log'), 'a');
const children: ChildProcess[] = [];
try {
  const folder = join(host.paths.share, 'plugins.d');
  await writeFile(join(folder, 'bench.mjs'), ACTIONS);
  await writeFile(
    join(folder, 'bench.json'),
    JSON.stringify({
      schema: 1,
      name: 'bench',
      version: '1.0.0',
      display_name: 'Bench',
      requires: { kernel: `^${KERNEL_VERSION}` },
      entries: { rootActions: './bench.mjs' },
      contributes: { actions: ['nothing', 'change'].map((name) => ({ name, summary: 'Does nothing' })) },
    }),
  );
  const env = { ...process.env, BLOCKHOST_ROOT: host.root, BLOCKHOST_LOG_FORMAT: 'json' };
  children.push(start(log, [launcher, 'daemon', 'root-agent'], env));
  const path = join(host.root, 'echo.sock');
  children.push(start(log, [process.execPath, '-e', ECHO, path]));

  const client = new RootAgentClient(host.paths);
  const call = () => client.call('nothing', { text: 'hello' });
  const bare = () => echo(path, '{"action":"nothing","params":{"text":"hello"}}');
  await Promise.all([answered(call), answered(bare)]);
  // Once for the compiler.
  await measure(MANY, bare);
  await measure(MANY, call);
  const [bareMany, many] = [await measure(MANY, bare), await measure(MANY, call)];
  const [bareFew, few] = [await measure(FEW, bare), await measure(FEW, call)];
  const change = await measure(FEW, () => client.call('change', { text: 'hello' }), CALLS / 20);
  reportMeasurement({
    what: `root agent calls, ${MANY} callers`,
    value: many.rate,
    unit: 'per second',
    reference: { what: 'bare echo', value: bareMany.rate },
    budget: { atLeast: 2_000 },
  });
  reportMeasurement({
    what: `root agent p99 of a call, ${FEW} callers`,
    value: few.p99,
    unit: 'ms',
    reference: { what: 'bare echo', value: bareFew.p99 },
    budget: { atMost: 5 },
  });
  reportMeasurement({
    what: `root agent p99 of a call that is recorded first, ${FEW} callers`,
    value: change.p99,
    unit: 'ms',
    reference: { what: 'bare echo', value: bareFew.p99 },
  });
} finally {
  for (const child of children) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  }
  await log.close();
  await host.dispose();
}
