import { openCounter } from './counter.js';
import type { DemoHost } from './host.js';
import { buy, setUp } from './main-job.js';
import { type Outcome, readBack } from './read-back.js';

export interface Show {
  /** What happens, for people: a headline, or a detail below it. */
  say(headline: string): void;
  detail(line: string): void;
  /** Called once the first purchase is served and the counter is open; the host stays up until it resolves. */
  readonly stayUp: ((rpcUrl: string) => Promise<void>) | null;
}

/** The main job on `host`, told while it happens; leaves nothing running. */
export async function show(host: DemoHost, { say, detail, stayUp }: Show): Promise<Outcome> {
  const monitorLog: string[] = [];
  let closeCounter = async () => {};
  let stop = async () => {};
  try {
    const ready = await setUp(host, detail);
    stop = ready.stop;
    const { rpcUrl } = ready.devnet;
    say(`Set up on ${ready.engine.chain.displayName} (${rpcUrl}): contracts deployed, plan on sale`);

    const monitor = host.start(['daemon', 'monitor'], { onLine: (line) => monitorLog.push(line) });
    void monitor.ended.then(({ code, stderr }) => {
      if (code !== 0) console.error(`The monitor ended with ${code}:\n${stderr}`);
    });
    say('Monitor started');

    const { customer, subscriptionId, transactionHash } = await buy(ready, 'alice');
    say(`${customer.address} bought subscription ${subscriptionId} for 30 days`);
    detail(`transaction ${transactionHash}`);

    const outcome = await readBack(ready, { subscriptionId, label: 'alice' });
    const { vm, nft_token_id, host: hostname, port, username } = outcome;
    say(
      `VM ${vm} is active; credential ${nft_token_id} minted to the buyer, who decrypts with a wallet signature:`,
    );
    detail(JSON.stringify({ hostname, port, username }));
    const login = await loginOf(host, vm, username);
    if (login !== null) {
      say('Its guest lets in:');
      detail(login);
    }
    say('Done: bought, created, minted, decrypted.');

    if (stayUp !== null) {
      closeCounter = await openCounter(ready);
      await stayUp(rpcUrl);
    }
    return outcome;
  } catch (error) {
    if (monitorLog.length > 0)
      console.error(['What the monitor said last:', ...monitorLog.slice(-20)].join('\n'));
    throw error;
  } finally {
    await closeCounter();
    // VMs outlive their monitor on purpose, so they are destroyed by name.
    for (const name of await vmNames(host))
      await host.run('vm', 'destroy', name).catch((error: Error) => console.error(error.message));
    await host.stop();
    await stop();
  }
}

/** The line of the guest's user, where the provisioner can look into its guests. */
async function loginOf(host: DemoHost, vm: string, username: string): Promise<string | null> {
  const asked = await host.start(['vm', 'guest-exec', vm, `grep '^${username}:' etc/passwd`]).ended;
  return asked.code === 0 ? asked.stdout.trim() : null;
}

/** None when the host never came as far as a VM store. */
async function vmNames(host: DemoHost): Promise<string[]> {
  const { code, stdout } = await host.start(['vm', 'list', '--json']).ended;
  return code === 0 ? (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name) : [];
}
