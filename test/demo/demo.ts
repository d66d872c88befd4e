import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkout, DemoHost } from './host.js';
import { buy, openCredential, setUp } from './main-job.js';
import { until } from './until.js';

const usage = `Usage: bin/demo [--once] [--root FOLDER]

The whole business on this machine, without root: a private chain, the contracts, a purchase by a test wallet, a VM of
the sandbox provisioner, the minted credential, the decrypted connection details.

  --once         stop after the details were decrypted; exit 0 or 1
  --root FOLDER  where the demonstration host lives (that of an earlier run is emptied first; default .demo)

  bin/demo --once`;

const values = readOptions();

function readOptions() {
  try {
    return parseArgs({
      options: {
        once: { type: 'boolean' },
        root: { type: 'string', default: join(checkout, '.demo') },
        provisioner: { type: 'string', default: 'sandbox' },
        wizard: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

function refuse(what: string): never {
  console.error(`${what} is not built yet. Run bin/demo without it.`);
  process.exit(2);
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
if (values.wizard) refuse('The set-up wizard in the browser (--wizard)');
if (values.provisioner !== 'sandbox') refuse(`A demonstration with the provisioner "${values.provisioner}"`);

const started = Date.now();
function say(line: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${line}`);
}
const detail = (line: string) => console.log(`          ${line}`);

const interrupted = new Promise<void>((resolve) => {
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
});

const host = await DemoHost.create(resolve(values.root)).catch((error: Error) => {
  console.error(error.message);
  process.exit(1);
});
say(`A host in ${values.root}`);
let code = 0;
let stop = async () => {};
const monitorLog: string[] = [];
try {
  const ready = await setUp(host, detail);
  stop = ready.stop;
  say(
    `Set up on ${ready.engine.chain.displayName} (${ready.devnet.rpcUrl}): contracts deployed, plan on sale`,
  );

  const monitor = host.start(['daemon', 'monitor'], { onLine: (line) => monitorLog.push(line) });
  void monitor.ended.then(({ code: ended, stderr }) => {
    if (ended !== 0) console.error(`The monitor ended with ${ended}:\n${stderr}`);
  });
  say('Monitor started');

  const purchase = await buy(ready, 'alice');
  say(`${purchase.customer.address} bought subscription ${purchase.subscriptionId} for 30 days`);
  detail(`transaction ${purchase.transactionHash}`);

  const { tokenId, details } = await openCredential(ready, purchase);
  say(`Credential ${tokenId} minted to the buyer, who decrypts with a wallet signature:`);
  detail(JSON.stringify(details));

  const name = `blockhost-${purchase.subscriptionId.toString().padStart(3, '0')}`;
  await until('the VM to be active', 30_000, async () =>
    (await host.run('vm', 'status', name)).trim() === 'active' ? true : null,
  );
  say(`VM ${name} is active; its guest lets in:`);
  const passwd = await host.run('vm', 'guest-exec', name, `grep '^${details.username}:' etc/passwd`);
  detail(passwd.trim());
  say('Done: bought, created, minted, decrypted.');

  if (!values.once) {
    console.log(`
The host stays up until Ctrl-C. In another terminal:

  export BLOCKHOST_ROOT=${values.root}
  bin/blockhost vm list
  bin/blockhost pipeline list
  bin/blockhost plugins list
  bin/blockhost setup --status

The chain's RPC is ${ready.devnet.rpcUrl}.`);
    await interrupted;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (monitorLog.length > 0)
    console.error(['What the monitor said last:', ...monitorLog.slice(-20)].join('\n'));
  code = 1;
} finally {
  // A demonstration leaves nothing running: VMs outlive their monitor on purpose, so they are destroyed by name.
  for (const name of await vmNames())
    await host.run('vm', 'destroy', name).catch((error: Error) => console.error(error.message));
  await host.stop();
  await stop();
}
process.exit(code);

async function vmNames(): Promise<string[]> {
  try {
    return (JSON.parse(await host.run('vm', 'list', '--json')) as { name: string }[]).map(({ name }) => name);
  } catch {
    return [];
  }
}
