import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

/** Unix seconds of the first block; every scenario of the vectors starts here. */
export const GENESIS_TIME = 1_700_000_000n;

const START_TIMEOUT_MS = 20_000;

export interface Anvil {
  readonly url: string;
  stop(): Promise<void>;
}

/** A fresh chain on a free port, without gas prices, whose accounts need no keys and which mines only when told to. */
export async function startAnvil(): Promise<Anvil> {
  const options = ['--port', '0', '--timestamp', String(GENESIS_TIME), '--auto-impersonate', '--no-mining'];
  const free = ['--base-fee', '0', '--gas-price', '0'];
  const child = spawn(anvilBinary(), [...options, ...free], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Also when the tests end without their hooks, by Ctrl-C for instance.
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const stop = async () => {
    process.off('exit', killAtExit);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  const deadline = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  try {
    let printed = '';
    for await (const chunk of child.stdout) {
      printed += String(chunk);
      const port = /Listening on 127\.0\.0\.1:(\d+)\s/.exec(printed)?.[1];
      if (port !== undefined) {
        child.stdout.resume();
        return { url: `http://127.0.0.1:${port}`, stop };
      }
    }
    throw new Error(`anvil ended or was silent for ${START_TIMEOUT_MS} ms. It printed:\n${printed}`);
  } finally {
    clearTimeout(deadline);
  }
}

/** The binary itself: killing the npm package's launcher would leave it running. */
function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const platformPackage = `@foundry-rs/anvil-${process.platform}-${arch}`;
  return createRequire(import.meta.url).resolve(`${platformPackage}/bin/anvil`);
}
