import { actionParameters, type RootAction } from '@blockhost/kernel';
import { requireOwnDomain } from './domain.js';
import { DOMAIN, UUID } from './parameters.js';
import { failed } from './refusal.js';
import { virsh } from './virsh.js';

/** Seconds that the guest's agent has for one answer: a silent guest must not hold a place of the root agent. */
const AGENT_SECONDS = '5';

/**
 * Starts one shell command inside the guest and answers its process id at once: a tenant's guest decides how long a command
 * takes, and nobody else may wait for it. {@link virshGuestResult} tells what came of it.
 */
export const virshGuestExec: RootAction = {
  name: 'virsh-guest-exec',
  parameters: actionParameters({
    name: DOMAIN,
    uuid: UUID,
    command: { type: 'string', minLength: 1, maxLength: 4_000 },
  }),
  secrets: ['command'],
  timeoutMs: 20_000,
  resource: ({ uuid }) => `guest:${uuid}`,
  async run({ name, uuid, command }, { exec }) {
    await requireOwnDomain(exec, String(name), String(uuid));
    const order = {
      execute: 'guest-exec',
      arguments: { path: '/bin/sh', arg: ['-c', command], 'capture-output': true },
    };
    const { pid } = await ask(exec, String(uuid), order);
    if (!Number.isSafeInteger(pid)) throw failed('The guest agent gave no process id.');
    return { pid };
  },
};

/** What came of a command: `{exited: false}`, or its code or signal and its outputs, cut at 256 KiB each. */
export const virshGuestResult: RootAction = {
  name: 'virsh-guest-result',
  parameters: actionParameters({
    name: DOMAIN,
    uuid: UUID,
    pid: { type: 'integer', minimum: 1, maximum: 2 ** 31 },
  }),
  mutates: false,
  timeoutMs: 20_000,
  resource: ({ uuid }) => `guest:${uuid}`,
  async run({ uuid, pid }, { exec }) {
    const result = await ask(exec, String(uuid), { execute: 'guest-exec-status', arguments: { pid } });
    if (result.exited !== true) return { exited: false };
    return {
      exited: true,
      code: Number.isSafeInteger(result.exitcode) ? result.exitcode : null,
      stdout: decoded(result['out-data']),
      stderr: decoded(result['err-data']),
    };
  },
};

async function ask(
  exec: Parameters<typeof virsh>[0],
  uuid: string,
  order: object,
): Promise<Readonly<Record<string, unknown>>> {
  const argv = ['qemu-agent-command', uuid, '--timeout', AGENT_SECONDS, JSON.stringify(order)];
  const answered = await virsh(exec, argv, { timeoutMs: 10_000 });
  if (answered.kind === 'absent') throw failed('There is no such VM.');
  if (answered.kind === 'failed') throw failed(`The guest agent does not answer: ${answered.reason}.`);
  try {
    const { return: value } = JSON.parse(answered.text) as { return?: Readonly<Record<string, unknown>> };
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below: what the guest sends is the tenant's.
  }
  throw failed('The guest agent gave an answer that is none.');
}

function decoded(data: unknown): string {
  if (typeof data !== 'string') return '';
  return Buffer.from(data, 'base64')
    .subarray(0, 256 * 1024)
    .toString('utf8');
}
