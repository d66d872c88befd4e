import { setTimeout as delay } from 'node:timers/promises';
import { type GuestResult, hasCode } from '@blockhost/kernel';
import { gecos } from './cloud-init.js';
import type { Domain, Hypervisor } from './hypervisor.js';
import { refusals } from './refusals.js';

/** Bytes; the same bound as every provisioner's (specification provisioners.md 3.12). */
const LONGEST_COMMAND = 4_000;
const GECOS_TIMEOUT_MS = 30_000;
/** Looks cost processor time that the guest needs to boot. */
const ROUNDS_PER_LOOK = 4;

/** Waits until the guest agent answers; throws `provisioner.boot-failed` when the VM went off or the time is over. */
export async function waitForGuest(
  hypervisor: Hypervisor,
  domain: Domain,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let round = 1; ; round += 1) {
    signal.throwIfAborted();
    if (await hypervisor.guestAnswers(domain)) return;
    if (round % ROUNDS_PER_LOOK === 0) await checkBooting(hypervisor, domain);
    if (Date.now() > deadline)
      throw refusals.bootFailed(domain.name, `its agent did not answer within ${timeoutMs} ms`);
    await delay(250, undefined, { signal });
  }
}

async function checkBooting(hypervisor: Hypervisor, domain: Domain): Promise<void> {
  const power = await hypervisor.power(domain);
  if (power.kind === 'present' && power.value === 'stopped')
    throw refusals.bootFailed(domain.name, 'it went off');
  if (power.kind === 'absent') throw refusals.bootFailed(domain.name, 'libvirt does not know it');
}

/** Runs one shell command inside the guest as root; the guest's word is bounded in time and size. */
export async function runInGuest(
  hypervisor: Hypervisor,
  domain: Domain,
  command: string,
  timeoutMs: number,
): Promise<GuestResult> {
  const bytes = Buffer.byteLength(command);
  if (bytes > LONGEST_COMMAND) throw refusals.commandTooLong(bytes, LONGEST_COMMAND);
  const unanswered = (error: unknown): never => {
    throw hasCode(error, 'provisioner.hypervisor-failed')
      ? refusals.guestUnreachable(domain.name, error)
      : error;
  };
  const deadline = Date.now() + timeoutMs;
  const pid = Number((await hypervisor.guestExec(domain, command).catch(unanswered)).pid);
  for (let pause = 50; ; pause = Math.min(2 * pause, 500)) {
    const { exited, code, stdout, stderr } = await hypervisor.guestResult(domain, pid).catch(unanswered);
    if (exited === true) {
      if (typeof code === 'number') return { code, stdout: String(stdout), stderr: String(stderr) };
      throw refusals.guestFailed(
        domain.name,
        'provisioner.guest-command-failed',
        'a signal ended the command',
      );
    }
    if (Date.now() > deadline) {
      const problem = `the command did not end within ${timeoutMs} ms`;
      throw refusals.guestFailed(domain.name, 'provisioner.guest-command-failed', problem);
    }
    await delay(pause);
  }
}

/**
 * Writes who may log in and reads it back; sessions of an owner who no longer is end. All three values have passed
 * `checkVmLogin`: they are words that mean nothing to a shell.
 */
export async function setGecos(
  hypervisor: Hypervisor,
  domain: Domain,
  {
    wallet,
    tokenId,
    username,
  }: { readonly wallet: string; readonly tokenId: string; readonly username: string },
): Promise<void> {
  const comment = gecos(wallet, tokenId);
  const read = `grep '^${username}:' /etc/passwd | cut -d: -f5`;
  const command = `before=$(${read})
usermod -c '${comment}' '${username}' || exit 1
case "$before" in
  'wallet=${wallet}'|'wallet=${wallet},'*) ;;
  *) pkill -KILL -u '${username}' > /dev/null 2>&1 ;;
esac
${read}`;
  const { stdout, stderr } = await runInGuest(hypervisor, domain, command, GECOS_TIMEOUT_MS);
  if (stdout.trim() === comment) return;
  const problem = stderr.trim().split('\n')[0] || 'the entry reads differently afterwards';
  throw refusals.guestFailed(domain.name, 'provisioner.gecos-not-set', problem.slice(0, 200));
}
