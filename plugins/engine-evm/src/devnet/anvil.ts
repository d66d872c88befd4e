import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BlockhostError } from '@blockhost/kernel';
import { anvilBinary } from './anvil-binary.js';

export const DEVNET_CHAIN_ID = 31337;
const START_TIMEOUT_MS = 20_000;

export interface Anvil {
  readonly url: string;
  stop(): Promise<void>;
}

/** A node that seals a block per transaction; its chain is kept below `folder` and goes on from there. */
export async function startAnvil(options: {
  readonly folder: string;
  readonly port: number;
  readonly signal: AbortSignal;
}): Promise<Anvil> {
  const { folder, port, signal } = options;
  signal.throwIfAborted();
  await mkdir(folder, { recursive: true });
  const state = ['--state', join(folder, 'chain.json'), '--preserve-historical-states'];
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./keeper.js', import.meta.url)),
      anvilBinary(),
      ...['--host', '127.0.0.1', '--port', String(port), '--chain-id', String(DEVNET_CHAIN_ID)],
      ...state,
    ],
    // Its own caches belong below the folder as well.
    { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: folder } },
  );
  // Ending the keeper's input may race with its own end.
  child.stdin.on('error', () => {});
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.stdin.end();
    await exited;
  };
  signal.addEventListener('abort', () => void stop(), { once: true });

  const printed = await untilListening(child, START_TIMEOUT_MS);
  const url = /Listening on (127\.0\.0\.1:\d+)/.exec(printed)?.[1];
  if (url) return { url: `http://${url}`, stop };
  await stop();
  throw new BlockhostError('devnet.not-started', `The local chain did not start: ${lastLine(printed)}`, {
    remedy: `Check that port ${port} is free and that ${folder} is writable.`,
  });
}

/** What the child printed until it listens, ends or is silent for too long. */
function untilListening(child: ReturnType<typeof spawn>, timeoutMs: number): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve(printed);
    };
    const timer = setTimeout(done, timeoutMs);
    const read = (text: string) => {
      // Later output is read and dropped: a full pipe would stop the node.
      if (printed.length < 100_000) printed += text;
      if (printed.includes('Listening on ')) done();
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('close', done);
  });
}

function lastLine(printed: string): string {
  return printed.trim().split('\n').at(-1) || 'it printed nothing.';
}
