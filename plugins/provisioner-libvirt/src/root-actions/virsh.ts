import type { Exec, ExecResult } from '@blockhost/kernel';
import { failed } from './refusal.js';

const TIMEOUT_MS = 20_000;

/** What libvirt says when there is no such domain, in the C locale: everything else says nothing about absence. */
const NO_DOMAIN = /failed to get domain|Domain not found|no domain with matching/i;

export type Answered =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly reason: string };

/** One virsh of the system's libvirt, in the C locale: texts are compared. */
export async function virsh(
  exec: Exec,
  argv: readonly string[],
  { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {},
): Promise<Answered> {
  const result = await exec.run(['virsh', '-q', '-c', 'qemu:///system', ...argv], {
    timeoutMs,
    env: { LC_ALL: 'C' },
  });
  if (result.code === 0) return { kind: 'ok', text: result.stdout };
  if (!result.timedOut && NO_DOMAIN.test(result.stderr)) return { kind: 'absent' };
  return { kind: 'failed', reason: reasonOf(result, timeoutMs) };
}

/** As {@link virsh}, for what must succeed. */
export async function mustVirsh(
  exec: Exec,
  argv: readonly string[],
  options: { readonly timeoutMs?: number } = {},
): Promise<string> {
  const answered = await virsh(exec, argv, options);
  if (answered.kind === 'ok') return answered.text;
  const reason = answered.kind === 'absent' ? 'there is no such VM' : answered.reason;
  throw failed(`virsh ${argv[0]}: ${reason}.`);
}

function reasonOf({ timedOut, stderr }: ExecResult, timeoutMs: number): string {
  if (timedOut) return `libvirt did not answer within ${timeoutMs} ms`;
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^error: /, '').trim())
    .filter(Boolean);
  return lines.join('; ').slice(0, 500) || 'it gave no reason';
}
