import { setTimeout as delay } from 'node:timers/promises';
import { isBlockhostError, sentenceOf } from '@blockhost/kernel';
import { runInGuest } from './guest.js';
import type { Domain, Hypervisor } from './hypervisor.js';
import { refusals } from './refusals.js';

const LOOK_MS = 15_000;

/**
 * What cloud-init wrote when it was done, and why the guest's sshd refused its settings, if it did. Only then cloud-init is
 * told never to run again: without its seed it would take the guest for a new one.
 */
const LOOK = `result=/run/cloud-init/result.json
[ -s $result ] || exit 75
cat $result
if [ -s /run/blockhost/sshd-refused ]; then echo; cat /run/blockhost/sshd-refused; exit 1; fi
touch /etc/cloud/cloud-init.disabled && sync`;

/** Waits until cloud-init has set the guest up, without an error; throws `provisioner.boot-failed`. */
export async function waitForFirstBoot(
  hypervisor: Hypervisor,
  domain: Domain,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let reason = 'cloud-init did not end';
  // Each look takes a process of a guest that has much to do.
  for (let pause = 250; ; pause = Math.min(2 * pause, 2_000)) {
    signal.throwIfAborted();
    try {
      const { code, stdout } = await runInGuest(hypervisor, domain, LOOK, LOOK_MS);
      if (code === 0) return checkResult(domain, stdout);
      if (code !== 75) throw refusals.bootFailed(domain.name, `its sshd refused: ${lastLine(stdout)}`);
    } catch (error) {
      // The agent may be silent for a while: the guest has much to do.
      if (!isBlockhostError(error) || error.code === 'provisioner.boot-failed') throw error;
      reason = sentenceOf(error);
    }
    if (Date.now() > deadline)
      throw refusals.bootFailed(domain.name, `it was not set up within ${timeoutMs} ms: ${reason}`);
    await delay(pause, undefined, { signal });
  }
}

/** `result.json` of cloud-init: `{"v1": {"errors": ["…"]}}`. */
function checkResult({ name }: Domain, text: string): void {
  let errors: unknown;
  try {
    errors = (JSON.parse(text) as { readonly v1?: { readonly errors?: unknown } }).v1?.errors;
  } catch {
    // Said below: what the guest tells may be anything.
  }
  if (!Array.isArray(errors)) throw refusals.bootFailed(name, 'cloud-init left no result');
  if (errors.length > 0) throw refusals.bootFailed(name, `cloud-init failed: ${lastLine(String(errors[0]))}`);
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 200);
}
