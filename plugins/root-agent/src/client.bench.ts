// Calls of the root agent over its socket, against a bare echo that does no more than take a connection and send back
// what came. Both in processes of their own, a new connection for each call, eight callers at the same time.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { KERNEL_VERSION } from '@blockhost/kernel';
import { makeHostRoot, reportMeasurement } from '@blockhost/kernel/testing';
import RootAgentClient from './client.js';

const CALLS = 10_000;
const CALLERS = 8;
const plugin = join(import.meta.dirname, '..');
const launcher = join(plugin, '../../bin/blockhost');

const ECHO = `require('net').createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (data) => socket.end(data));
}).listen(process.argv[1], () => console.error('daemon ready'));`;

const ACTIONS = `export default { $type: 'blockhost.root-actions', major: 1, actions: [{
  name: 'nothing', parameters: { type: 'object', properties: { text: { type: 'string' } }, additionalProperties: false },
  timeoutMs: 1000, mutates: false, resource: () => crypto.randomUUID(), run: async ({ text }) => ({ text }),
}] };`;

/** The child when it serves. */
async function serving(argv: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const [program, ...args] = argv;
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`${program} ended`)));
    child.stderr?.on('data', (data: Buffer) => {
      if (data.includes('daemon ready')) resolve();
    });
  });
  return child;
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
async function measure(call: () => Promise<unknown>): Promise<{ rate: number; p99: number }> {
  const times: number[] = [];
  let left = CALLS;
  const started = performance.now();
  const caller = async () => {
    while (left-- > 0) {
      const before = performance.now();
      await call();
      times.push(performance.now() - before);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  const rate = (CALLS / (performance.now() - started)) * 1_000;
  return { rate, p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0 };
}

const host = await makeHostRoot({ plugins: [plugin] });
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
      contributes: { actions: [{ name: 'nothing', summary: 'Does nothing' }] },
    }),
  );
  const env = { ...process.env, BLOCKHOST_ROOT: host.root, BLOCKHOST_LOG_FORMAT: 'json' };
  children.push(await serving([launcher, 'daemon', 'root-agent'], env));
  const path = join(host.root, 'echo.sock');
  children.push(await serving([process.execPath, '-e', ECHO, path], process.env));

  const client = new RootAgentClient(host.paths);
  const call = () => client.call('nothing', { text: 'hello' });
  const bare = () => echo(path, '{"action":"nothing","params":{"text":"hello"}}');
  // Once for the compiler.
  await measure(bare);
  await measure(call);
  const reference = await measure(bare);
  const agent = await measure(call);
  reportMeasurement({
    what: 'root agent calls, 8 callers',
    value: agent.rate,
    unit: 'per second',
    reference: { what: 'bare echo', value: reference.rate },
    budget: { atLeast: 2_000 },
  });
  reportMeasurement({
    what: 'root agent p99 of a call, 8 callers',
    value: agent.p99,
    unit: 'ms',
    reference: { what: 'bare echo', value: reference.p99 },
    budget: { atMost: 5 },
  });
} finally {
  for (const child of children) {
    child.removeAllListeners('close');
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
  }
  await host.dispose();
}
