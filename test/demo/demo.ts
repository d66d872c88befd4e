import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { OwnLibvirt } from '../libvirt/own-libvirt.js';
import { order } from './counter.js';
import { checkout, DemoHost, demoPlugins } from './host.js';
import { show } from './show.js';

const usage = `Usage: bin/demo [--once] [--json] [--root FOLDER] [--provisioner libvirt|FOLDER]
       bin/demo buy [--days N] [--plan ID] [--customer NAME] [--json] [--root FOLDER]

The whole business on this machine, without root: a private chain, the contracts, a purchase by a test wallet, a VM of
the sandbox provisioner, the minted credential, the decrypted connection details. Then the host stays up until Ctrl-C;
"bin/demo buy" in another terminal buys again.

  --once                stop after the details were decrypted; exit 0 or 1
  --json                the last line is one JSON object, read back from the chain and the VM store
  --root FOLDER         where the demonstration host lives (that of an earlier run is emptied first; default .demo)
  --provisioner libvirt real virtual machines, software-emulated, by a libvirt of the demonstration's own; needs root
  --provisioner FOLDER  a plugin of your own in place of the sandbox; programs in its bin/ are installed
  --days N              days to buy (default 30)
  --plan ID             plan to buy (default 1)
  --customer NAME       the test wallet that buys (default bob)

  bin/demo --once --json
  bin/demo --once --provisioner libvirt
  bin/demo buy --days 7 --plan 1
  bin/demo --once --provisioner ../demo-cloud`;

const { values, positionals } = readArguments();
const root = resolve(values.root);
const started = Date.now();

/** With --json, stdout carries the result alone. */
const tell = values.json ? console.error : console.log;

if (values.help) console.log(usage);
else if (values.wizard) refuse('The set-up wizard in the browser (--wizard) is not built yet.');
else if (positionals.length === 0) await run(demonstrate);
else if (positionals.length === 1 && positionals[0] === 'buy') await run(buyAgain);
else refuse(`There is no "${positionals.join(' ')}".`);

async function demonstrate() {
  const host = await DemoHost.create(root, plugins(values.provisioner));
  say(`A host in ${root}`);
  const libvirt = values.provisioner === 'libvirt' ? await OwnLibvirt.start() : null;
  try {
    await libvirt?.startAgent(root);
    return await demonstrateOn(host);
  } finally {
    await libvirt?.stop();
  }
}

async function demonstrateOn(host: DemoHost) {
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  return show(host, {
    say,
    detail: (line) => tell(`          ${line}`),
    stayUp: values.once ? null : stayUp,
  });

  async function stayUp(rpcUrl: string): Promise<void> {
    tell(`
The host stays up until Ctrl-C. In another terminal:

  export BLOCKHOST_ROOT=${root}
  bin/blockhost status              # how the host is
  bin/blockhost vm list
  bin/blockhost pipeline list       # what became of each purchase
  bin/bw who 1                      # who owns the credential
  bin/bw balance server             # what the host's own wallet holds
  bin/ab list                       # the address book
  bin/demo buy --days 120 --plan 1${values.root === defaultRoot() ? '' : ` --root ${root}`}
  bin/blockhost funds status        # what customers paid
  bin/blockhost funds run           # collect it and pay it out, as the monitor does once a day
  bin/blockhost reconcile --dry-run

The chain's RPC is ${rpcUrl}.`);
    await interrupted;
  }
}

async function buyAgain() {
  const days = Number(values.days);
  if (!Number.isSafeInteger(days) || days < 1) refuse('--days must be a whole number above 0.');
  if (!/^[1-9]\d*$/.test(values.plan)) refuse('--plan must be the number of a plan.');
  const outcome = await order(root, { customer: values.customer, days, plan: values.plan });
  say(
    `${outcome.owner} bought ${days} ${days === 1 ? 'day' : 'days'} of plan ${values.plan}: VM ${outcome.vm}, credential ${outcome.nft_token_id}`,
  );
  tell(
    `          ${JSON.stringify({ hostname: outcome.host, port: outcome.port, username: outcome.username })}`,
  );
  return outcome;
}

async function run(act: () => Promise<object>): Promise<void> {
  const seconds = () => Math.round((Date.now() - started) / 100) / 10;
  try {
    const outcome = await act();
    if (values.json) console.log(JSON.stringify({ ...outcome, seconds: seconds() }));
    process.exitCode = 0;
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    console.error(sentence);
    if (values.json) console.log(JSON.stringify({ ok: false, error: sentence, seconds: seconds() }));
    process.exitCode = 1;
  }
}

function say(headline: string): void {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  tell(`${seconds.padStart(6)} s  ${headline}`);
}

/** The plugins of the host, with the named provisioner in place of the sandbox. */
function plugins(provisioner: string): readonly string[] {
  if (provisioner === 'sandbox') return demoPlugins;
  if (provisioner === 'libvirt')
    return [
      ...demoPlugins.filter((plugin) => plugin !== 'provisioner-sandbox'),
      'root-agent',
      'provisioner-libvirt',
    ];
  const folder = resolve(provisioner);
  if (!existsSync(join(folder, 'provisioner.json')))
    refuse(
      `${provisioner} is neither "sandbox" nor "libvirt" nor the folder of a provisioner; others are not built yet.`,
    );
  return demoPlugins.map((plugin) => (plugin === 'provisioner-sandbox' ? folder : plugin));
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        root: { type: 'string', default: defaultRoot() },
        provisioner: { type: 'string', default: 'sandbox' },
        wizard: { type: 'boolean' },
        days: { type: 'string', default: '30' },
        plan: { type: 'string', default: '1' },
        customer: { type: 'string', default: 'bob' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function defaultRoot(): string {
  return join(checkout, '.demo');
}

function refuse(what: string): never {
  console.error(`${what}\n\n${usage}`);
  process.exit(2);
}
