/** `node devnet-process.js ROOT`: starts a devnet, prints its URL and waits to be killed. */
import { join } from 'node:path';
import { DEVNET } from '@blockhost/kernel';
import { bootAt } from './evm-host.js';

const [root = ''] = process.argv.slice(2);
const devnet = await (await bootAt(root)).get(DEVNET);
const { signal } = new AbortController();
const { rpcUrl } = await devnet.start({ folder: join(root, 'devnet'), port: 0, signal });
process.stdout.write(`${rpcUrl}\n`);
setInterval(() => {}, 1_000);
