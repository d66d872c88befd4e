// Uses the codec on a host that was never set up, and prints what it answers and the URL of every module it loaded.
import { registerHooks } from 'node:module';

const modules: string[] = [];
registerHooks({
  load(url, context, next) {
    modules.push(url);
    return next(url, context);
  },
});
const { boot, CHAIN_CODEC } = await import('@blockhost/kernel');
const kernel = await boot({ process: 'codec' });
const { addresses, cipher, keys, messages } = await kernel.get(CHAIN_CODEC);
const key = keys.parse(keys.generate().text);
const signature = await messages.sign('Größe', key);
const signer = await messages.recover('Größe', signature);
const opened = cipher.open(signature, cipher.seal(signature, 'details'));
await kernel.stop();
process.stdout.write(
  JSON.stringify({ modules, opened, recovers: signer !== null && addresses.same(signer, key.address) }),
);
