import { spawn } from 'node:child_process';
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BlockhostError, type PowerState } from '@blockhost/kernel';
import { askGuest } from './guest-client.js';
import { killMarked, MARK } from './marked-processes.js';
import { isAlive, type ProcessIdentity } from './process-identity.js';
import { CONSOLE_FILE, LAUNCH_FILE, SUPERVISOR_FILE } from './supervisor-files.js';
import type { Definition } from './vm-folder.js';

const BOOT_TIMEOUT_MS = 30_000;
const KILL_TIMEOUT_MS = 15_000;
const POLL_MS = 20;
/** A console log that is longer at power-on becomes `console.log.1`. */
const CONSOLE_CAP = 1024 * 1024;

const supervisorModule = fileURLToPath(new URL('./guest/supervisor.js', import.meta.url));

/** Starts the supervisor of a VM that is off. It belongs to no one: it survives this process. */
export async function launch(folder: string, { backendRef, spec }: Definition): Promise<void> {
  // Ticket first, then the hunt: see the supervisor. Together they leave no way for two to run.
  const ticket = crypto.randomUUID();
  await writeFile(join(folder, `${LAUNCH_FILE}.new`), ticket);
  await rename(join(folder, `${LAUNCH_FILE}.new`), join(folder, LAUNCH_FILE));
  await powerOff(backendRef);
  const console = await openConsole(join(folder, CONSOLE_FILE));
  try {
    const supervisor = spawn(process.execPath, [supervisorModule, ticket, spec.name], {
      cwd: folder,
      // Nothing of the host's environment reaches a guest.
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', [MARK]: backendRef },
      stdio: ['ignore', console.fd, console.fd],
      detached: true,
    });
    await new Promise((resolve, reject) => {
      supervisor.once('spawn', resolve);
      supervisor.once('error', reject);
    });
    supervisor.unref();
  } finally {
    await console.close();
  }
}

/** Waits until the guest of a launched VM answers; throws `provisioner.boot-failed` with the console's last line. */
export async function waitUntilUp(folder: string, name: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + BOOT_TIMEOUT_MS;
  for (;;) {
    signal.throwIfAborted();
    if ((await powerState(folder)) === 'running' && (await answersPing(folder))) return;
    if (Date.now() > deadline) throw await bootFailed(folder, name);
    await delay(POLL_MS, undefined, { signal });
  }
}

export async function answersPing(folder: string): Promise<boolean> {
  return askGuest(folder, { ask: 'ping' }, 300).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Ends every process of the VM at once; resolves when none is left. */
export async function powerOff(backendRef: string): Promise<void> {
  const survivors = await killMarked(backendRef, { timeoutMs: KILL_TIMEOUT_MS });
  if (survivors.length > 0)
    throw new BlockhostError('provisioner.still-running', 'Some processes of this VM cannot be killed.', {
      facts: { pids: survivors.join(', ') },
      remedy: 'Find out what they wait for (ps -o pid,stat,wchan), then try again.',
    });
}

/** Running as long as its supervisor lives, also while the guest crashes and comes back. */
export async function powerState(folder: string): Promise<PowerState> {
  const supervisor = await supervisorOf(folder);
  return supervisor !== null && isAlive(supervisor) ? 'running' : 'stopped';
}

/** The last supervisor, dead or alive; null when the VM never ran. */
export async function supervisorOf(folder: string): Promise<ProcessIdentity | null> {
  try {
    return JSON.parse(await readFile(join(folder, SUPERVISOR_FILE), 'utf8')) as ProcessIdentity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function openConsole(path: string) {
  const size = await stat(path).then(
    (present) => present.size,
    () => 0,
  );
  if (size > CONSOLE_CAP) await rename(path, `${path}.1`);
  return open(path, 'a', 0o640);
}

async function bootFailed(folder: string, name: string): Promise<BlockhostError> {
  const console = await readFile(join(folder, CONSOLE_FILE), 'utf8').catch(() => '');
  return new BlockhostError('provisioner.boot-failed', `The guest of ${name} did not come up.`, {
    facts: { console: console.trimEnd().split('\n').at(-1) ?? '' },
    remedy: `Read ${join(folder, CONSOLE_FILE)}.`,
  });
}
