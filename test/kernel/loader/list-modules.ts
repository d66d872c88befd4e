// Prints the URL of every module that this process loads: see modules-loaded.ts.
import { registerHooks } from 'node:module';

const loaded: string[] = [];
registerHooks({
  load(url, context, next) {
    loaded.push(url);
    return next(url, context);
  },
});
const { boot, PROVISIONER } = await import('@blockhost/kernel');
const kernel = await boot({ process: 'list-modules' });
if (process.argv[2] === 'provisioner') await kernel.get(PROVISIONER);
await kernel.stop();
process.stdout.write(JSON.stringify(loaded));
