// Powers one VM: keeps its guest running until the guest shuts down by itself. Nobody waits for this process, so it
// outlives whoever started it. Its working directory is the VM's folder.
import { spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { killMarked, MARK } from '../marked-processes.js';
import { identify } from '../process-identity.js';
import { LAUNCH_FILE, SUPERVISOR_FILE } from '../supervisor-files.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** A guest that lived this long has not failed to start: the next pause is short again. */
const STABLE_MS = 10_000;
const WATCH_MS = 1_000;

const [ticket = '', name = ''] = process.argv.slice(2);
const backendRef = process.env[MARK] ?? '';

// Whoever powers the VM on anew replaces the ticket first and looks for us second. A supervisor that comes late finds
// another ticket and leaves, so a VM never has two.
if (!isOurs()) process.exit(0);
writeFileSync(`${SUPERVISOR_FILE}.new`, `${JSON.stringify({ ticket, ...identify(process.pid) })}\n`);
renameSync(`${SUPERVISOR_FILE}.new`, SUPERVISOR_FILE);
supervise(FIRST_PAUSE_MS);
// A VM whose folder was thrown away, without asking anybody, has no business running on.
setInterval(() => {
  if (!isOurs()) void shutDown();
}, WATCH_MS);

function supervise(pauseMs: number): void {
  const startedAt = Date.now();
  const guest = spawn(process.execPath, [fileURLToPath(new URL('./guest.js', import.meta.url)), name], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  guest.on('error', (error) => log(`the guest cannot be started: ${error.message}`));
  guest.on('close', (code, signal) => {
    if (code === 0) {
      log('the guest has shut down');
      void shutDown();
      return;
    }
    const stable = Date.now() - startedAt > STABLE_MS;
    const pause = stable ? FIRST_PAUSE_MS : pauseMs;
    log(`the guest ended with ${signal ?? `exit code ${code}`}; starting it again in ${pause} ms`);
    setTimeout(() => supervise(Math.min(pause * 2, LONGEST_PAUSE_MS)), pause);
  });
}

/** Powered off is off: nothing that the guest started runs on. */
async function shutDown(): Promise<never> {
  await killMarked(backendRef, { timeoutMs: 10_000, except: process.pid });
  process.exit(0);
}

function isOurs(): boolean {
  try {
    return readFileSync(LAUNCH_FILE, 'utf8') === ticket;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function log(message: string): void {
  console.error(`${new Date().toISOString()} ${name}: ${message}`);
}
