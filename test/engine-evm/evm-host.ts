import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { boot, createLogger, DEVNET, type Kernel, type RunningDevnet, resolvePaths } from '@blockhost/kernel';

/** Seen from test/dist/engine-evm, where this module runs. */
const manifest = fileURLToPath(new URL('../../../plugins/engine-evm/engine.json', import.meta.url));

/** A host below one folder whose only plugin is the EVM engine. */
export async function newRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'blockhost-evm-'));
  for (const folder of ['etc/blockhost', 'var/lib/blockhost', 'run/blockhost', 'usr/share/blockhost'])
    await mkdir(join(root, folder), { recursive: true });
  await symlink(manifest, join(root, 'usr/share/blockhost/engine.json'));
  return root;
}

export function bootAt(root: string): Promise<Kernel> {
  const log = createLogger({ level: 'error' });
  return boot({ process: 'test', paths: resolvePaths({ BLOCKHOST_ROOT: root }), log });
}

/** A devnet with everything it left to be undone. */
export interface EvmHost {
  readonly root: string;
  readonly kernel: Kernel;
  readonly devnet: RunningDevnet;
  stop(): Promise<void>;
}

export async function startHost(): Promise<EvmHost> {
  const root = await newRoot();
  const kernel = await bootAt(root);
  const abort = new AbortController();
  const devnet = await (await kernel.get(DEVNET)).start({
    folder: join(root, 'devnet'),
    port: 0,
    signal: abort.signal,
  });
  return {
    root,
    kernel,
    devnet,
    async stop() {
      await kernel.stop();
      await devnet.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A call of the node that no port offers. */
export async function rpc<T>(url: string, method: string, params: readonly unknown[] = []): Promise<T> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  });
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
